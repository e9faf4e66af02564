use serde::{Deserialize, Serialize};

use std::fmt;

use crate::code_table;
use crate::domain::answer::AnswerMode;
use crate::text::language::language_name;

/// What a user should know about a search or an answer. Shown, it is an English sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The embedder does not know the question's language, so only BM25 searched.
    EmbedderLeftOut {
        /// Catalogue name of the embedder.
        model: String,
        /// Code of the language, such as `zh`.
        language: String,
    },
    /// The embedder does not know the question's language and searched all the same, as asked.
    EmbedderUnfit {
        /// Catalogue name of the embedder.
        model: String,
        /// Code of the language, such as `zh`.
        language: String,
    },
    /// The embedder cannot be used, so only BM25 searched.
    EmbedderUnavailable {
        /// Catalogue name of the embedder.
        model: String,
    },
    /// The server that the vectors are on gives nothing, so only BM25 searched.
    VectorsUnavailable,
    /// The question is mostly a name that the documents hold as it is written, so BM25 decided the order.
    FoundByName,
    /// The knowledge base has no embedder, so only BM25 searched.
    NoEmbedder,
    /// One of several knowledge bases has no embedder, so only BM25 searched it.
    NoEmbedderIn {
        /// The knowledge base's name.
        knowledge_base: String,
    },
    /// Nothing answers, words alone were compared, and the documents are in another language than the question.
    OtherLanguage {
        /// Code of the documents' language, such as `en`.
        language: String,
    },
    /// The language model that was chosen for the chat or the knowledge base is not here, so another one answered.
    ChatModelUnavailable {
        /// Its name.
        model: String,
        /// The name of the other one, `extractive` for quoted sentences. Answers of earlier versions do not say it.
        #[serde(default)]
        instead: Option<String>,
    },
    /// No language model is installed, so the answer is extractive.
    NoLanguageModel,
    /// Passages did not fit the prompt.
    PassagesLeftOut {
        /// How many.
        count: usize,
    },
    /// The language model wrote nothing.
    EmptyAnswer,
    /// The answer cites nothing.
    NoCitation,
    /// The answer reached its limit of tokens.
    AnswerCut,
    /// The answer began to repeat the instructions of the prompt and was ended there.
    InstructionsRemoved,
    /// The answer went round in circles and was ended there.
    RepetitionEnded,
    /// No stand-alone question could be made of one that builds on the chat.
    RewriteFailed,
}

code_table!(Notice {
    Notice::EmbedderLeftOut { .. } => "embedder_left_out",
    Notice::EmbedderUnfit { .. } => "embedder_unfit",
    Notice::EmbedderUnavailable { .. } => "embedder_unavailable",
    Notice::VectorsUnavailable => "vectors_unavailable",
    Notice::FoundByName => "found_by_name",
    Notice::NoEmbedder => "no_embedder",
    Notice::NoEmbedderIn { .. } => "no_embedder_in",
    Notice::OtherLanguage { .. } => "other_language",
    Notice::ChatModelUnavailable { .. } => "chat_model_unavailable",
    Notice::NoLanguageModel => "no_language_model",
    Notice::PassagesLeftOut { .. } => "passages_left_out",
    Notice::EmptyAnswer => "empty_answer",
    Notice::NoCitation => "no_citation",
    Notice::AnswerCut => "answer_cut",
    Notice::InstructionsRemoved => "instructions_removed",
    Notice::RepetitionEnded => "repetition_ended",
    Notice::RewriteFailed => "rewrite_failed",
});

impl Notice {
    /// The names in the sentence, for those who translate it.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::EmbedderLeftOut { model, language } | Self::EmbedderUnfit { model, language } => {
                vec![("model", model.clone()), ("language", language.clone())]
            }
            Self::EmbedderUnavailable { model } => vec![("model", model.clone())],
            Self::OtherLanguage { language } => vec![("language", language.clone())],
            Self::ChatModelUnavailable { model, instead } => {
                let instead = instead.iter().map(|name| ("instead", name.clone()));
                std::iter::once(("model", model.clone()))
                    .chain(instead)
                    .collect()
            }
            Self::NoEmbedderIn { knowledge_base } => {
                vec![("knowledge_base", knowledge_base.clone())]
            }
            Self::PassagesLeftOut { count } => vec![("count", count.to_string())],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmbedderLeftOut { model, language } => write!(
                f,
                "The embedder `{model}` does not know {}, so this search used BM25 alone.",
                language_name(language)
            ),
            Self::EmbedderUnfit { model, language } => write!(
                f,
                "The embedder `{model}` does not know {}; expect poor results, or search with mode bm25.",
                language_name(language)
            ),
            Self::EmbedderUnavailable { model } => write!(
                f,
                "The embedder `{model}` is not available, so this search used BM25 alone."
            ),
            Self::VectorsUnavailable => f.write_str(
                "The server of the vectors does not answer as it should, so this search used BM25 alone.",
            ),
            Self::FoundByName => f.write_str(
                "The question names a number that the documents hold as it is written, so what has it comes first.",
            ),
            Self::NoEmbedder => {
                f.write_str("This knowledge base has no embedder, so this search used BM25 alone.")
            }
            Self::NoEmbedderIn { knowledge_base } => write!(
                f,
                "The knowledge base `{knowledge_base}` has no embedder, so it was searched by words alone."
            ),
            Self::OtherLanguage { language } => {
                let language = language_name(language);
                write!(
                    f,
                    "This search compared words alone, and the documents are in {language}; ask in {language}, or \
                     search with an embedder that knows both languages."
                )
            }
            Self::ChatModelUnavailable { model, instead } => {
                write!(
                    f,
                    "The language model `{model}`, which was chosen for this chat or knowledge base, is not available, so "
                )?;
                match instead.as_deref() {
                    None => f.write_str("the server's own answers."),
                    Some(quoted) if quoted == AnswerMode::Extractive.as_str() => {
                        f.write_str("the answer quotes its sources.")
                    }
                    Some(other) => write!(f, "`{other}` answers."),
                }
            }
            Self::NoLanguageModel => f.write_str(
                "No language model that answers well is installed, so the answer quotes sentences of the sources word for word.",
            ),
            Self::PassagesLeftOut { count } => write!(
                f,
                "{count} of the passages did not fit the prompt and were left out."
            ),
            Self::EmptyAnswer => f.write_str("The language model gave no answer."),
            Self::NoCitation => {
                f.write_str("The answer cites no source, so check it against the passages.")
            }
            Self::AnswerCut => f.write_str("The answer was cut at its limit of tokens."),
            Self::InstructionsRemoved => f.write_str(
                "The answer began to repeat Riddle's instructions to the language model, so it was ended there.",
            ),
            Self::RepetitionEnded => f.write_str(
                "The language model began to repeat itself, so the answer ends there; a larger model does so less.",
            ),
            Self::RewriteFailed => f.write_str(
                "The language model made no stand-alone question of this one in time, so it was searched as typed.",
            ),
        }
    }
}
