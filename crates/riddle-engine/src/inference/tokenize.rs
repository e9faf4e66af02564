use std::sync::Arc;

use riddle_core::{ModelError, Token};

use super::{Inference, check_texts};
use crate::blocking::run_blocking;
use crate::bounds::MAX_TOKENIZED_CHARS;
use crate::error::EngineError;

impl Inference {
    pub(crate) async fn tokenize(
        &self,
        texts: Vec<String>,
        special: bool,
    ) -> Result<Vec<Vec<Token>>, EngineError> {
        check_texts(&texts)?;
        let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
        if characters > MAX_TOKENIZED_CHARS {
            return Err(EngineError::invalid(
                "inputs",
                format!(
                    "may have at most {MAX_TOKENIZED_CHARS} characters together; send them in several requests"
                ),
            ));
        }
        let _permit = self.shared.tool_permit()?;
        let embedder = self.named_embedder(None).await?;
        let tokenizer = Arc::clone(&embedder.tokenizer);
        let tokens: Option<Vec<Vec<Token>>> =
            run_blocking("cutting texts into tokens", move || {
                let texts = texts.iter();
                texts.map(|text| tokenizer.tokens(text, special)).collect()
            })
            .await?;
        tokens.ok_or_else(|| {
            EngineError::Model(ModelError::Failed {
                model: embedder.info.name.clone(),
                message: "its tokenizer tells no tokens".to_owned(),
            })
        })
    }
}
