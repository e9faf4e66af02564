/// Most questions of a set.
pub const MAX_QUESTIONS: usize = 100_000;
/// Most documents that a set brings along.
pub const MAX_DOCUMENTS: usize = 1_000_000;
/// Most judgments of a question. Pools of TREC have up to some 3,000 for a topic.
pub const MAX_GOLDS: usize = 10_000;
/// Most answers of a question.
pub const MAX_ANSWERS: usize = 100;
/// Longest id of a question, in characters.
pub const MAX_ID_CHARS: usize = 200;
/// Longest question, in characters.
pub const MAX_QUESTION_CHARS: usize = 8_000;
/// Longest answer, in characters.
pub const MAX_ANSWER_CHARS: usize = 20_000;
/// Longest quote, in characters.
pub const MAX_QUOTE_CHARS: usize = 100_000;
/// Most bytes of words that passages known by their place alone get from their documents.
pub const MAX_FILLED_BYTES: usize = 64 << 20;
/// Most bytes of a set that is written, counted before the marks of the format.
pub const MAX_EXPORT_BYTES: usize = 128 << 20;
/// Longest name of a document, in characters.
pub const MAX_DOCUMENT_NAME_CHARS: usize = 500;
/// Longest title of a document, in characters.
pub const MAX_TITLE_CHARS: usize = 2_000;
/// Longest text of a document, in characters.
pub const MAX_DOCUMENT_TEXT_CHARS: usize = 10_000_000;
/// Lowest grade.
pub const MIN_GRADE: i32 = -100;
/// Highest grade.
pub const MAX_GRADE: i32 = 100;
/// Most documents of a question in the run of another system that becomes an arm.
pub const MAX_RUN_DOCUMENTS: usize = 1_000;
/// How many faults are reported at once.
pub const MAX_PROBLEMS: usize = 5;
