use std::fmt;
use std::path::Path;

/// Where the driver of NVIDIA tells about GPUs, a folder for each.
const GPUS: &str = "/proc/driver/nvidia/gpus";

/// Where encoders run.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Device {
    #[default]
    Cpu,
    /// A GPU of NVIDIA.
    Cuda {
        /// Its number among those of the machine, from 0.
        index: u32,
        /// Its name, where the driver tells it.
        name: Option<String>,
    },
}

impl Device {
    /// The GPU of this number, with its name where there is no doubt about it.
    pub(super) fn cuda(index: u32) -> Self {
        Self::Cuda {
            index,
            name: only_gpu(Path::new(GPUS)),
        }
    }

    pub fn is_gpu(&self) -> bool {
        matches!(self, Self::Cuda { .. })
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda { index, name: None } => write!(f, "cuda:{index}"),
            Self::Cuda {
                index,
                name: Some(name),
            } => write!(f, "cuda:{index} {name}"),
        }
    }
}

/// The name of the machine's GPU where it has one alone: of several, the driver's order need not be that of CUDA.
fn only_gpu(gpus: &Path) -> Option<String> {
    let mut folders = std::fs::read_dir(gpus).ok()?.filter_map(Result::ok);
    let only = folders.next()?;
    if folders.next().is_some() {
        return None;
    }
    let told = std::fs::read_to_string(only.path().join("information")).ok()?;
    let model = told
        .lines()
        .find_map(|line| line.strip_prefix("Model:"))?
        .trim();
    (!model.is_empty()).then(|| model.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_has_a_name_where_it_is_the_only_one() {
        let gpus = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(only_gpu(gpus.path()), None);
        let add = |name: &str| {
            let folder = gpus.path().join(name);
            std::fs::create_dir(&folder).expect("made");
            let told = "Model: \t\t NVIDIA L4\nIRQ:   \t\t 44\n";
            std::fs::write(folder.join("information"), told).expect("written");
        };
        add("0000:00:04.0");
        let name = only_gpu(gpus.path());
        assert_eq!(name.as_deref(), Some("NVIDIA L4"));
        let device = Device::Cuda { index: 0, name };
        assert_eq!(device.to_string(), "cuda:0 NVIDIA L4");
        add("0000:00:05.0");
        assert_eq!(only_gpu(gpus.path()), None);
    }
}
