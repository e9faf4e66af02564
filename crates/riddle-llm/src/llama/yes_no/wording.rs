//! What the models were trained to be asked, word by word.

use riddle_core::YesNoPrompt;

/// The system message of Qwen3-Reranker.
pub(super) const JUDGE: &str = "Judge whether the Document meets the requirements based on the Query and the Instruct \
     provided. Note that the answer can only be \"yes\" or \"no\".";
/// What Qwen3-Reranker's publishers instruct it to do.
const INSTRUCTION: &str =
    "Given a web search query, retrieve relevant passages that answer the query";
/// How Qwen3-Reranker's prompt begins.
pub(super) const QWEN3_START: (&str, &str) =
    ("<|im_start|>system\n", "<|im_end|>\n<|im_start|>user\n");
/// How Qwen3-Reranker's prompt ends: with an empty thought, so that the answer is next.
pub(super) const QWEN3_END: &str = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n";

/// The texts around query and passage, and the answers whose logits count.
pub(super) struct Wording {
    pub(super) before_query: &'static str,
    pub(super) between: &'static str,
    /// Whether a line of query and what follows it are tokenized as one text, as the reference does it.
    pub(super) joined: bool,
    pub(super) before_passage: &'static str,
    pub(super) yes: &'static str,
    /// Its logit is subtracted where the reference takes the probability of the two.
    pub(super) no: Option<&'static str>,
}

/// What stands before the query in Qwen3-Reranker's user message. No blank ends it: blanks go with the word behind.
pub(super) fn instruct(instruction: Option<&str>) -> String {
    format!(
        "<Instruct>: {}\n<Query>:",
        instruction.unwrap_or(INSTRUCTION)
    )
}

pub(super) fn wording(prompt: YesNoPrompt) -> Wording {
    match prompt {
        YesNoPrompt::FlagEmbedding => Wording {
            before_query: "A: ",
            between: "\n",
            joined: false,
            before_passage: "B: ",
            yes: "Yes",
            no: None,
        },
        YesNoPrompt::Qwen3 | YesNoPrompt::Chat => Wording {
            before_query: " ",
            between: "\n<Document>:",
            joined: true,
            before_passage: " ",
            yes: "yes",
            no: Some("no"),
        },
    }
}
