use std::path::Path;
use std::sync::OnceLock;

use anyhow::bail;
use riddle_core::EngineChoice;
use riddle_models::{Compute, EncoderEngine, MeasuredEngines, Precision, Width};

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
        width: Width,
        remembered: &Path,
    ) -> Option<MeasuredEngines> {
        if self != Self::Fastest {
            return None;
        }
        let measured = MeasuredEngines::find(compute, precision, width, remembered);
        let measured = measured.unwrap_or_else(|error| {
            tracing::warn!(%error, "engines could not be measured; rerankers use the native one");
            None
        })?;
        let choice = measured.report();
        tracing::info!(
            ?width,
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

/// What the engines take here, for models of each width from when the first of them is loaded.
#[derive(Default)]
pub(super) struct Measurements {
    narrow: OnceLock<Option<MeasuredEngines>>,
    wide: OnceLock<Option<MeasuredEngines>>,
}

impl Measurements {
    pub(super) fn of(&self, width: Width) -> &OnceLock<Option<MeasuredEngines>> {
        match width {
            Width::Narrow => &self.narrow,
            Width::Wide => &self.wide,
        }
    }

    /// What the health report says of those that there are.
    pub(super) fn report(&self) -> Option<EngineChoice> {
        let known = |width| self.of(width).get().and_then(Option::as_ref);
        let report = |width| known(width).map(MeasuredEngines::report);
        match (report(Width::Narrow), report(Width::Wide)) {
            (Some(narrow), Some(wide)) => Some(joined(narrow, &wide)),
            (narrow, wide) => narrow.or(wide),
        }
    }
}

/// One report of both, with the times of the narrow ones, which are there from the start.
fn joined(narrow: EngineChoice, wide: &EngineChoice) -> EngineChoice {
    if narrow.used == wide.used {
        return narrow;
    }
    EngineChoice {
        reason: format!(
            "{}; wider models run on the other engine, as with them {}",
            narrow.reason, wide.reason
        ),
        ..narrow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_of_wider_models_where_they_run_elsewhere() {
        let choice = |used: &str, reason: &str| EngineChoice {
            used: used.to_owned(),
            instructions: "avx2".to_owned(),
            native_ms: 1.0,
            onnxruntime_ms: 2.0,
            reason: reason.to_owned(),
        };
        let narrow = choice("native", "one was faster");
        let same = joined(narrow.clone(), &choice("native", "it was faster too"));
        assert_eq!(same, narrow);
        let other = joined(narrow, &choice("onnxruntime", "the other was"));
        assert_eq!(other.used, "native");
        assert_eq!(
            other.reason,
            "one was faster; wider models run on the other engine, as with them the other was"
        );
    }

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
