use std::path::Path;

use serde::{Deserialize, Serialize};

/// Which of the kernel's means hold a process, each on its own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Confinement {
    /// No program that it might start gains rights, by a set-user-ID bit for instance.
    pub no_new_privileges: Layer,
    /// Landlock: files, TCP, and processes to send signals to.
    pub landlock: Layer,
    /// seccomp: all system calls but those that reading a document needs.
    pub seccomp: Layer,
}

/// How far one of them holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum Layer {
    /// In full.
    Holds,
    /// In part, and why.
    Partly(String),
    /// Not at all, and why.
    Missing(String),
}

impl Layer {
    /// Why it does not hold in full.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Holds => None,
            Self::Partly(reason) | Self::Missing(reason) => Some(reason),
        }
    }
}

impl Confinement {
    /// The layers by their names.
    pub fn layers(&self) -> [(&'static str, &Layer); 3] {
        [
            ("no new privileges", &self.no_new_privileges),
            ("Landlock", &self.landlock),
            ("seccomp", &self.seccomp),
        ]
    }

    /// What does not hold in full, in words; `None` where all does.
    pub fn gaps(&self) -> Option<String> {
        let gaps: Vec<String> = self
            .layers()
            .iter()
            .filter_map(|(name, layer)| Some(format!("{name}: {}", layer.reason()?)))
            .collect();
        (!gaps.is_empty()).then(|| gaps.join("; "))
    }
}

/// Takes every file that is not open, the network, and other processes from this thread and from all that it starts
/// later, for good, and most system calls from all threads of the process. To be called before there is a second one.
/// What is open stays usable.
pub fn confine() -> Confinement {
    hold(None)
}

/// The same, but `file` may still be opened for reading, by libraries that want a path.
pub fn confine_to_file(file: &Path) -> Confinement {
    hold(Some(file))
}

#[cfg(target_os = "linux")]
fn hold(readable: Option<&Path>) -> Confinement {
    let no_new_privileges = match rustix::thread::set_no_new_privs(true) {
        Ok(()) => Layer::Holds,
        Err(error) => Layer::Missing(error.to_string()),
    };
    // In this order, because the filter refuses what Landlock is set up with.
    let landlock = crate::files::refuse_all_but(readable);
    let seccomp = crate::system_calls::refuse_most(readable.is_some());
    Confinement {
        no_new_privileges,
        landlock,
        seccomp,
    }
}

#[cfg(not(target_os = "linux"))]
fn hold(_readable: Option<&Path>) -> Confinement {
    let missing = || Layer::Missing("this system has no such means; Linux has".to_owned());
    Confinement {
        no_new_privileges: missing(),
        landlock: missing(),
        seccomp: missing(),
    }
}
