use std::sync::PoisonError;

use anyhow::Context;
use riddle_core::ModelError;
use riddle_models::{Compute, MeasuredEngines, OnnxRuntime, Width};

use super::{LocalModels, library};

/// File in the data folder with what the engines took on this machine.
const MEASURED: &str = "engine.json";

impl LocalModels {
    /// Gets hold of the device now, so that a server whose GPU cannot be used says so at its start, and measures
    /// engines before anybody waits for them, for the smallest reranker alone.
    pub(crate) fn take_device(&self) -> anyhow::Result<()> {
        let compute = self
            .encoder_compute()
            .context("the configured device cannot be used")?;
        if let Err(reason) = compute.onnxruntime() {
            tracing::info!(%reason, "models that need ONNX Runtime will not run");
        }
        self.measured(&compute, Width::Narrow);
        Ok(())
    }

    /// What embedders run on, and what rerankers do that one engine alone knows.
    pub(super) fn encoder_compute(&self) -> Result<Compute, ModelError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        // A library that was missing may have come since.
        if let Some(loaded) = &*loaded
            && loaded.compute.onnxruntime().is_ok()
        {
            return Ok(loaded.compute.clone());
        }
        let path = library::find(self.models.onnxruntime.as_deref(), &self.data_dir);
        let compute = Compute::new(self.models.threads)
            .with_engine(self.engine.for_embedders())
            .with_onnxruntime(OnnxRuntime::load(&path));
        let chosen = self.compute_settings.choose(compute)?;
        Ok(loaded.insert(chosen).compute.clone())
    }

    /// The same for rerankers of a width, on the engine that is faster here.
    pub(super) fn reranker_compute(&self, width: Width) -> Result<Compute, ModelError> {
        let compute = self.encoder_compute()?;
        Ok(match self.measured(&compute, width) {
            Some(measured) => compute.with_engine(measured.fastest()),
            None => compute,
        })
    }

    /// What the engines for rerankers take here, where that decides.
    fn measured(&self, compute: &Compute, width: Width) -> Option<&MeasuredEngines> {
        let measure = || {
            let precision = self.compute_settings.precision_on(compute);
            let remembered = self.data_dir.join(MEASURED);
            self.engine.measure(compute, precision, width, &remembered)
        };
        self.measured.of(width).get_or_init(measure).as_ref()
    }
}
