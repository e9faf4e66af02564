//! Tokenizers in the format of the `tokenizers` library.

mod ends;
mod parts;
mod word_pieces;

use std::path::Path;
use std::sync::Arc;

use parts::parts;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use riddle_core::{ModelError, Span, Token, Tokenizer};
pub(crate) use word_pieces::{SETTINGS, VOCABULARY, special_name};

use riddle_checkpoint::{Source, stated_vocabulary};

const FILE: &str = "tokenizer.json";
/// What the token for unknown words is called where the settings do not tell.
const UNKNOWN: [&str; 2] = ["[UNK]", "<unk>"];

/// Counts tokens as a model does. Cheap to clone.
#[derive(Clone)]
pub struct HfTokenizer {
    tokenizer: Arc<tokenizers::Tokenizer>,
}

impl HfTokenizer {
    /// Reads `tokenizer.json` in the folder of the model with this catalogue name. What the file says about padding and
    /// truncation is ignored: it would hide how long texts are.
    ///
    /// # Errors
    /// The file is missing or is no tokenizer.
    pub fn open(model: &str, folder: &Path) -> Result<Self, ModelError> {
        Self::read(&Source::new(model, folder))
    }

    pub(crate) fn read(source: &Source<'_>) -> Result<Self, ModelError> {
        let broken = |error: &dyn std::fmt::Display| {
            source.damaged(FILE, &format!("cannot be understood: {error}"))
        };
        let bytes = match word_pieces::made(source)? {
            Some(made) => made,
            None => source.read(FILE)?,
        };
        if let Some(absent) = absent_special_token(&bytes) {
            return Err(broken(&format!(
                "its template names the special token `{absent}`, which it does not describe"
            )));
        }
        let mut tokenizer =
            tokenizers::Tokenizer::from_bytes(bytes).map_err(|error| broken(&error))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| broken(&error))?;
        Ok(Self {
            tokenizer: Arc::new(tokenizer),
        })
    }

    /// As [`Self::read`], of a model that is to run. A tokenizer with more tokens than the model has vectors is another
    /// model's: its texts would become numbers that mean nothing. `in_graph` is what the weights themselves have, for
    /// where no `config.json` tells.
    pub(crate) fn read_beside_weights(
        source: &Source<'_>,
        in_graph: Option<usize>,
    ) -> Result<Self, ModelError> {
        let read = Self::read(source)?;
        let (known, teller) = match stated_vocabulary(source)? {
            Some(stated) => (Some(stated), "config.json describes"),
            None => (in_graph, "the graph has"),
        };
        let (Some(known), Some(last)) = (known, read.last_id()) else {
            return Ok(read);
        };
        if (last as usize) < known {
            return Ok(read);
        }
        Err(source.bad(
            FILE,
            &format!("has the token {last} where {teller} a vocabulary of {known}"),
            "use the tokenizer that was published with these weights",
        ))
    }

    /// The largest id of a token.
    fn last_id(&self) -> Option<u32> {
        self.tokenizer.get_vocab(true).into_values().max()
    }

    /// Token ids without special tokens.
    pub(crate) fn ids(&self, text: &str) -> Result<Vec<u32>, tokenizers::Error> {
        let encoding = self.tokenizer.encode_fast(text, false)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Token ids without special tokens, and where each token stands in the text, in characters.
    pub(crate) fn ids_with_spans(
        &self,
        text: &str,
    ) -> Result<(Vec<u32>, Vec<Span>), tokenizers::Error> {
        let (mut ids, mut spans, mut before) = (Vec::new(), Vec::new(), 0);
        for (_, part) in parts(text) {
            let encoding = self.tokenizer.encode_char_offsets(part, false)?;
            let place = |at: usize| u32::try_from(before + at).unwrap_or(u32::MAX);
            let span = |(start, end): &(usize, usize)| Span {
                start: place(*start),
                end: place(*end),
            };
            ids.extend(encoding.get_ids());
            spans.extend(encoding.get_offsets().iter().map(span));
            before += part.chars().count();
        }
        Ok((ids, spans))
    }

    /// The number of a token, which may be one that was added to the vocabulary.
    pub(crate) fn id_of(&self, token: &str) -> Option<i64> {
        self.tokenizer.token_to_id(token).map(i64::from)
    }

    /// The number of the token that stands for what is none, by the settings or else by its usual names.
    pub(crate) fn unknown_id(&self, source: &Source<'_>) -> Result<Option<i64>, ModelError> {
        let settings = word_pieces::settings(source)?;
        let told = special_name(&settings, "unk_token");
        let mut names = told.into_iter().chain(UNKNOWN);
        Ok(names.find_map(|name| self.id_of(name)))
    }

    pub(crate) fn inner(&self) -> &tokenizers::Tokenizer {
        &self.tokenizer
    }

    fn starts(&self, part: &str, offset: usize) -> Vec<usize> {
        match self.tokenizer.encode(part, false) {
            Ok(encoding) => {
                let mut starts: Vec<usize> = encoding
                    .get_offsets()
                    .iter()
                    .map(|(start, _)| offset + start)
                    .collect();
                starts.sort_unstable();
                starts
            }
            // Tokenizers fail on no text that we know of; should one do so, characters are a bound from above.
            Err(error) => {
                tracing::warn!(%error, "the tokenizer failed; characters were counted instead");
                part.char_indices().map(|(at, _)| offset + at).collect()
            }
        }
    }
}

impl Tokenizer for HfTokenizer {
    fn token_starts(&self, text: &str) -> Vec<usize> {
        let parts = parts(text);
        if let [(offset, part)] = *parts {
            return self.starts(part, offset);
        }
        let starts: Vec<Vec<usize>> = parts
            .into_par_iter()
            .map(|(offset, part)| self.starts(part, offset))
            .collect();
        starts.concat()
    }

    fn tokens(&self, text: &str, special: bool) -> Option<Vec<Token>> {
        let encoding = match self.tokenizer.encode(text, special) {
            Ok(encoding) => encoding,
            Err(error) => {
                tracing::warn!(%error, "the tokenizer failed");
                return None;
            }
        };
        let special = encoding.get_special_tokens_mask();
        let places = encoding.get_offsets().iter().zip(special);
        let tokens = encoding.get_ids().iter().zip(encoding.get_tokens());
        let token =
            |((&id, name), (&(start, end), &special)): ((&u32, &String), (_, &u32))| Token {
                id,
                text: match special {
                    0 => part(text, start, end).to_owned(),
                    _ => name.clone(),
                },
                place: (special == 0).then_some(start..end),
            };
        Some(tokens.zip(places).map(token).collect())
    }
}

/// What a caller is told where the tokenizer of this model could not cut a text.
pub(crate) fn failed(model: &str, error: &tokenizers::Error) -> ModelError {
    ModelError::Failed {
        model: model.to_owned(),
        message: format!("its tokenizer: {error}"),
    }
}

/// A special token that a template puts into texts and does not describe, at which the library panics.
fn absent_special_token(bytes: &[u8]) -> Option<String> {
    let file: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let outer = &file["post_processor"];
    let inner = outer["processors"].as_array().into_iter().flatten();
    std::iter::once(outer).chain(inner).find_map(|template| {
        let described = template["special_tokens"].as_object()?;
        let pieces = ["single", "pair"].into_iter();
        let mut named = pieces
            .filter_map(|name| template[name].as_array())
            .flatten()
            .filter_map(|piece| piece["SpecialToken"]["id"].as_str());
        let absent = named.find(|id| !described.contains_key(*id))?;
        Some(absent.to_owned())
    })
}

/// The characters that a token has bytes of: a rare one is several tokens of a byte each.
fn part(text: &str, start: usize, end: usize) -> &str {
    &text[text.floor_char_boundary(start)..text.ceil_char_boundary(end)]
}
