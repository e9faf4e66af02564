use std::path::Path;

use anyhow::bail;
use riddle_models::{Compute, EncoderEngine, MeasuredEngines, Precision};

/// Which engine the configuration asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AskedEngine {
    /// The one that a measurement finds faster, for rerankers. Embedders have our own wherever it runs: which vectors
    /// an index holds is not left to a clock.
    Fastest,
    /// This one, where it runs.
    This(EncoderEngine),
}

impl AskedEngine {
    /// Reads `fastest`, `native` or `onnxruntime`; nothing is the fastest.
    pub(super) fn parse(text: Option<&str>) -> anyhow::Result<Self> {
        match text {
            None | Some("fastest") => Ok(Self::Fastest),
            Some("native") => Ok(Self::This(EncoderEngine::Native)),
            Some("onnxruntime") => Ok(Self::This(EncoderEngine::OnnxRuntime)),
            Some(other) => {
                bail!("there is no engine `{other}`; use fastest, native or onnxruntime")
            }
        }
    }

    /// What embedders run on.
    pub(super) fn for_embedders(self) -> EncoderEngine {
        match self {
            Self::Fastest => EncoderEngine::Native,
            Self::This(engine) => engine,
        }
    }

    /// What the engines take here, where that decides.
    pub(super) fn measure(
        self,
        compute: &Compute,
        precision: Precision,
        remembered: &Path,
    ) -> Option<MeasuredEngines> {
        if self != Self::Fastest {
            return None;
        }
        let measured = MeasuredEngines::find(compute, precision, remembered);
        let measured = measured.unwrap_or_else(|error| {
            tracing::warn!(%error, "engines could not be measured; rerankers use the native one");
            None
        })?;
        let choice = measured.report();
        tracing::info!(
            used = choice.used,
            reason = choice.reason,
            instructions = choice.instructions,
            native_ms = choice.native_ms,
            onnxruntime_ms = choice.onnxruntime_ms,
            "engine of rerankers"
        );
        Some(measured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_names() {
        let parsed = |text| AskedEngine::parse(text).ok();
        assert_eq!(parsed(None), Some(AskedEngine::Fastest));
        assert_eq!(parsed(Some("fastest")), Some(AskedEngine::Fastest));
        for engine in [EncoderEngine::Native, EncoderEngine::OnnxRuntime] {
            assert_eq!(
                parsed(Some(engine.as_str())),
                Some(AskedEngine::This(engine))
            );
        }
        assert_eq!(parsed(Some("tensorflow")), None);
    }
}
