//! What is read out of text, and how text for models is written.

pub(crate) mod acronyms;
pub(crate) mod citations;
pub(crate) mod conversation_markdown;
pub(crate) mod example;
pub(crate) mod extractive;
pub(crate) mod folding;
pub(crate) mod front_matter;
pub(crate) mod function_words;
pub(crate) mod joined;
pub(crate) mod language;
pub(crate) mod months;
pub(crate) mod prompt;
pub(crate) mod sentences;
pub(crate) mod sought_words;
pub(crate) mod stop;
pub(crate) mod terms;
pub(crate) mod timestamp;
pub(crate) mod token_bound;
