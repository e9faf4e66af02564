use std::panic::resume_unwind;
use std::sync::PoisonError;
use std::thread::Builder;
use std::time::{Duration, Instant};

use anyhow::Context;
use riddle_core::{
    MODEL_STACK_BYTES, Pair, Picture, PictureReader, Purpose, Reranker, ScoreOptions,
};
use riddle_models::{
    GoldenPair, ModelFileError, ModelRole, Precision, PreparedOcr, VerifyReport, WeightsFormat,
};

use super::golden::{self, GoldenScore};
use super::{LocalModels, chat};

/// How long a pair may take that has no published score.
const PATIENCE: Duration = Duration::from_secs(60);

/// The result of using a model once.
pub(crate) struct ModelTrial {
    /// A sentence.
    pub(crate) summary: String,
    /// Where it ran, such as `cpu`.
    pub(crate) device: String,
    /// The published scores and those that the model gives.
    pub(crate) golden: Vec<GoldenScore>,
}

/// The result of checking a model's files and, if they are sound, of using it once.
pub(crate) struct ModelCheck {
    pub(crate) report: VerifyReport,
    /// `None` where its files are not sound.
    pub(crate) tried: Option<anyhow::Result<ModelTrial>>,
}

impl LocalModels {
    /// Looks into a model's files and uses it once if they are sound. Blocks for as long as that takes.
    pub(crate) fn check(&self, name: &str) -> Result<ModelCheck, ModelFileError> {
        let report = self.store.verify(name)?;
        let tried = report.is_ok().then(|| {
            // Nothing is under the lock that a panic could leave half done.
            let _one = self.trying.lock().unwrap_or_else(PoisonError::into_inner);
            self.try_load(name)
        });
        Ok(ModelCheck { report, tried })
    }

    /// Loads a model, uses it once and says what came of it.
    fn try_load(&self, name: &str) -> anyhow::Result<ModelTrial> {
        let (entry, located) = self.located(name)?;
        let Use {
            result,
            device,
            golden,
        } = match &entry.role {
            ModelRole::Embedder(_) => self.embed_once(name)?,
            ModelRole::Reranker(facts) if !facts.golden.is_empty() => {
                self.score_published(name, entry.format, &facts.golden)?
            }
            ModelRole::Reranker(_) => self.use_reranker(name, score_once)?,
            ModelRole::Chat { .. } => {
                let model = chat::local(&self.chat, &entry.name, &located.weights)?;
                let info = model.info();
                let result = format!("with {} tokens of context", info.context_tokens);
                Use::on(&info.device, result)
            }
            ModelRole::Ocr { .. } => self.read_once(name)?,
        };
        Ok(ModelTrial {
            summary: format!("{} loads on {device} {result}", entry.name),
            device,
            golden,
        })
    }

    fn embed_once(&self, name: &str) -> anyhow::Result<Use> {
        let mut loaded = self.local_embedder(name)?;
        let text = ["a first sentence"];
        let vectors = loaded.embedder.embed(&text, Purpose::Query)?;
        let length = vectors.first().map_or(0, Vec::len);
        let result = format!("and embeds: {length} dimensions");
        Ok(Use::on(&loaded.embedder.info().device, result))
    }

    fn score_published(
        &self,
        name: &str,
        format: WeightsFormat,
        published: &[GoldenPair],
    ) -> anyhow::Result<Use> {
        // What llama.cpp runs is as its file has it, most often in 8 bits.
        let precision = match format {
            WeightsFormat::Gguf => Precision::Int8,
            WeightsFormat::Safetensors | WeightsFormat::Onnx => {
                self.compute_settings.precision_on(&self.encoder_compute()?)
            }
        };
        self.use_reranker(name, |reranker| {
            let golden = golden::check(reranker, published, precision)?;
            let agree = golden.iter().filter(|score| score.agrees).count();
            let result = format!("and {agree} of {} published scores agree", golden.len());
            Ok(Use {
                golden,
                ..Use::on(&reranker.info().device, result)
            })
        })
    }

    /// Loads a reranker and uses it as told, on a thread with the stack that it may want.
    fn use_reranker(
        &self,
        name: &str,
        using: impl FnOnce(&mut dyn Reranker) -> anyhow::Result<Use> + Send,
    ) -> anyhow::Result<Use> {
        let own = || {
            let mut used = None;
            let owner = Box::new(|reranker: &mut dyn Reranker| used = Some(using(reranker)));
            self.own_local_reranker(name, owner)?;
            used.context("it was not opened")?
        };
        let builder = Builder::new().stack_size(MODEL_STACK_BYTES);
        std::thread::scope(|scope| {
            let thread = builder.spawn_scoped(scope, own);
            let thread = thread.context("there is no thread to try it on")?;
            match thread.join() {
                Ok(used) => used,
                Err(panic) => resume_unwind(panic),
            }
        })
    }

    fn read_once(&self, name: &str) -> anyhow::Result<Use> {
        let files = self.ocr_files(Some(name)).map_err(anyhow::Error::msg)?;
        let prepared = PreparedOcr::read(&files).map_err(anyhow::Error::msg)?;
        let mut ocr = prepared.open(1).map_err(anyhow::Error::msg)?;
        let blank = Picture::new(64, 64, vec![u8::MAX; 64 * 64 * 3]);
        let blank = blank.context("a blank picture")?;
        let read = ocr.read(&blank);
        read.map_err(|failure| anyhow::anyhow!(failure.message))?;
        Ok(Use::on("cpu", "and reads pictures".to_owned()))
    }
}

/// What using a model once gave.
struct Use {
    /// The end of a sentence.
    result: String,
    device: String,
    golden: Vec<GoldenScore>,
}

impl Use {
    fn on(device: &str, result: String) -> Self {
        Self {
            result,
            device: device.to_owned(),
            golden: Vec::new(),
        }
    }
}

fn score_once(reranker: &mut dyn Reranker) -> anyhow::Result<Use> {
    let pairs = ["it is a test", "the moon"].map(|passage| Pair {
        query: "what is it?",
        passage,
    });
    let scores = reranker.score(&pairs, &ScoreOptions::until(Instant::now() + PATIENCE))?;
    let raw = scores.iter().flatten().map(|score| score.raw);
    let scores: Vec<String> = raw.map(|raw| format!("{raw:.4}")).collect();
    let scores = scores.join(", ");
    let result = format!("and scores: {scores}; no published scores are known for it");
    Ok(Use::on(&reranker.info().device, result))
}
