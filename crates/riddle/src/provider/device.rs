use anyhow::{Context, bail};
use riddle_models::{Compute, CudaOptions, OnnxRuntimeError, Precision};

/// What the configuration asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DeviceChoice {
    Cpu,
    /// The GPU of this number; an error if it cannot be used.
    Cuda(u32),
    /// The first GPU if it can be used, else the CPU.
    Auto,
}

/// The engine on the chosen device, and why that is the CPU if `auto` was asked for.
pub(super) struct ChosenCompute {
    pub(super) compute: Compute,
    reason: Option<String>,
}

/// What the configuration says about device, precision and memory.
#[derive(Clone, Copy)]
pub(super) struct ComputeSettings {
    pub(super) device: DeviceChoice,
    pub(super) precision: Option<Precision>,
    pub(super) memory_mib: Option<usize>,
}

impl ComputeSettings {
    /// Reads `cpu`, `cuda`, `cuda:1` or `auto`; the CPU if there is no device.
    pub(super) fn new(
        device: Option<&str>,
        precision: Option<Precision>,
        memory_mib: Option<usize>,
    ) -> anyhow::Result<Self> {
        let device = parse(device)?;
        let for_cpus = precision.filter(|precision| !precision.is_for_gpus());
        if let (DeviceChoice::Cuda(_), Some(precision)) = (device, for_cpus) {
            bail!(
                "precision {} is for CPUs; set `models.precision` to fp16 or fp32, or leave it out, for a GPU",
                precision.as_str()
            );
        }
        Ok(Self {
            device,
            precision,
            memory_mib,
        })
    }

    /// Moves `compute` to the device.
    pub(super) fn choose(&self, compute: Compute) -> Result<ChosenCompute, OnnxRuntimeError> {
        let options = |index| CudaOptions {
            index,
            memory_mib: self.memory_mib,
        };
        let (compute, reason) = match self.device {
            DeviceChoice::Cpu => (compute, None),
            DeviceChoice::Cuda(index) => (compute.on_cuda(options(index))?, None),
            DeviceChoice::Auto => match self.precision.filter(|precision| !precision.is_for_gpus())
            {
                Some(precision) => {
                    let reason = format!("precision {} is for CPUs", precision.as_str());
                    (compute, Some(reason))
                }
                None => match compute.clone().on_cuda(options(0)) {
                    Ok(on_gpu) => (on_gpu, None),
                    Err(error) => (compute, Some(error.to_string())),
                },
            },
        };
        if let Some(reason) = &reason {
            tracing::warn!(reason, "models run on the CPU");
        }
        Ok(ChosenCompute { compute, reason })
    }

    /// The precision of weights that are safetensors.
    pub(super) fn precision_on(&self, compute: &Compute) -> Precision {
        self.precision.unwrap_or(match compute.device().is_gpu() {
            true => Precision::Fp16,
            false => Precision::Int8,
        })
    }
}

impl ChosenCompute {
    /// For the health report.
    pub(super) fn report(&self) -> riddle_core::Compute {
        let took = self.compute.self_test();
        riddle_core::Compute {
            device: self.compute.device().to_string(),
            reason: self.reason.clone(),
            self_test_ms: took.map(|took| took.as_secs_f64() * 1e3),
            engine: None,
        }
    }
}

fn parse(text: Option<&str>) -> anyhow::Result<DeviceChoice> {
    match text {
        None | Some("cpu") => Ok(DeviceChoice::Cpu),
        Some("cuda") => Ok(DeviceChoice::Cuda(0)),
        Some("auto") => Ok(DeviceChoice::Auto),
        Some(other) => {
            let number = other.strip_prefix("cuda:").and_then(|n| n.parse().ok());
            let number = number.with_context(|| {
                format!("there is no device `{other}`; use cpu, cuda, cuda:1 or auto")
            })?;
            Ok(DeviceChoice::Cuda(number))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_names() {
        let parsed = |text| parse(text).ok();
        assert_eq!(parsed(None), Some(DeviceChoice::Cpu));
        assert_eq!(parsed(Some("auto")), Some(DeviceChoice::Auto));
        assert_eq!(parsed(Some("cuda")), Some(DeviceChoice::Cuda(0)));
        assert_eq!(parsed(Some("cuda:3")), Some(DeviceChoice::Cuda(3)));
        for wrong in ["gpu", "cuda:", "cuda:x", ""] {
            assert_eq!(parsed(Some(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn eight_bits_are_refused_for_a_gpu_that_is_demanded() {
        let settings = |device| ComputeSettings::new(Some(device), Some(Precision::Int8), None);
        assert!(settings("cuda").is_err());
        assert!(settings("auto").is_ok());
        assert!(settings("cpu").is_ok());
    }
}
