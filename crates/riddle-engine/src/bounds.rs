//! The bounds of requests. Each is checked where the value is used, before any work, and the description of the API
//! states it.

use riddle_core::MAX_OWN_METADATA_BYTES;

/// Entries of a page.
pub const MAX_PAGE: u32 = 1_000;
/// Knowledge bases of a server, which are listed at once and looked through by each round of the indexer.
pub const MAX_BASES: usize = 1_000;
/// Knowledge bases that one request may search.
pub const MAX_KNOWLEDGE_BASES: usize = 16;
/// Knowledge bases that a run of an evaluation may search besides the set's.
pub const MAX_OTHER_BASES: usize = MAX_KNOWLEDGE_BASES - 1;
/// Characters of the name of a knowledge base or an evaluation set.
pub const MAX_NAME_CHARS: usize = 100;
/// Characters of a model's name.
pub const MAX_MODEL_NAME_CHARS: usize = 200;
/// Characters of a description.
pub const MAX_DESCRIPTION_CHARS: usize = 4_000;
/// Bytes of the metadata that is given with a document, as [`riddle_core::metadata_bytes`] counts them: as many as it
/// may say about itself, because both are read with each of its passages.
pub const MAX_METADATA_BYTES: usize = MAX_OWN_METADATA_BYTES;
/// Example questions of a knowledge base.
pub const MAX_EXAMPLES: usize = 6;
/// Characters of one of them.
pub const MAX_EXAMPLE_CHARS: usize = 200;
/// Characters of a question.
pub const MAX_QUERY_CHARS: usize = 8_000;
/// Candidates.
pub const MAX_TOP_K: u32 = 1_000;
/// Milliseconds of the deadline that a request or a knowledge base may set.
pub const MAX_DEADLINE_MS: u32 = 60_000;
pub const MAX_ANSWER_TOKENS: u32 = 32_768;
/// How freely a model may choose its words.
pub const MAX_TEMPERATURE: f32 = 2.0;
/// Earlier messages of a chat that a request brings along.
pub const MAX_MESSAGES: usize = 1_000;
/// Characters of one of them.
pub const MAX_MESSAGE_CHARS: usize = 1_000_000;
/// Messages of a chat, which is read whole with the passages of its answers.
pub const MAX_CHAT_MESSAGES: usize = 2_000;
/// Characters of a chat's title.
pub const MAX_TITLE_CHARS: usize = 200;
/// Characters of a search for chats.
pub const MAX_SEARCH_CHARS: usize = 200;
/// Characters of a comment.
pub const MAX_COMMENT_CHARS: usize = 4_000;
/// Characters of a passage that a person writes.
pub const MAX_CHUNK_CHARS: usize = 256 * 1024;
/// Files of an evaluation set.
pub const MAX_SET_FILES: usize = 1_000;
/// Documents in the files of an evaluation set, each of which becomes one of its knowledge base.
pub const MAX_SET_DOCUMENTS: usize = 100_000;
/// Questions that a run may be told to ask at most.
pub const MAX_RUN_QUESTIONS: u32 = 1_000_000;
/// Arms that a run is given.
pub const MAX_ARMS: usize = 30;
/// Characters of an arm's name.
pub const MAX_ARM_NAME_CHARS: usize = 60;
/// Characters of the id of an evaluation question.
pub const MAX_QUESTION_ID_CHARS: usize = 200;
/// Runs of other systems that become arms of a run.
pub const MAX_IMPORTED_RUNS: usize = 10;
/// Answers or judgments of a question.
pub const MAX_GOLDS: usize = 1_000;
/// Characters of an answer or a quote of an evaluation question.
pub const MAX_ANSWER_CHARS: usize = 8_000;
/// Texts in one request for reranking or embedding.
pub const MAX_INFERENCE_TEXTS: usize = 1_024;
/// Characters of one of them, and of a query: far more than any model reads.
pub const MAX_INFERENCE_CHARS: usize = 1_000_000;
/// Characters of all texts of a request for tokens. A token takes about 300 bytes until the answer is sent.
pub const MAX_TOKENIZED_CHARS: usize = 64_000;
