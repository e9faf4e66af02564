//! Vectors on a Qdrant server, if the configuration names one.

use std::path::Path;

use anyhow::Context;
use riddle_core::Clock;
use riddle_index::ServerVectors;
use uuid::Uuid;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::data_folder::write_whole;

/// What tells the collections of a data folder from those of others. It stays when the indexes are built anew, so that
/// what was on the server before is found and removed.
const INSTALLATION: &str = "server.id";

/// The server and this data folder's name on it.
pub(crate) fn on_server(config: &Config) -> anyhow::Result<Option<ServerVectors>> {
    let Some(vectors) = &config.vectors else {
        return Ok(None);
    };
    let server = vectors.server()?;
    let installation = installation(&config.data_dir)?;
    Ok(Some(ServerVectors {
        server,
        installation,
    }))
}

fn installation(data_dir: &Path) -> anyhow::Result<String> {
    let path = data_dir.join(INSTALLATION);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let id = Uuid::parse_str(text.trim());
            let id = id.with_context(|| format!("{} holds no id", path.display()))?;
            Ok(id.simple().to_string())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = SystemClock.new_id().simple().to_string();
            write_whole(&path, &id).with_context(|| format!("cannot write {}", path.display()))?;
            Ok(id)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_keeps_its_name_and_shares_it_with_no_other() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let names = folders
            .each_ref()
            .map(|folder| installation(folder.path()).expect("a name"));
        assert_ne!(names[0], names[1]);
        assert!(names[0].bytes().all(|byte| byte.is_ascii_hexdigit()));
        for (folder, name) in folders.iter().zip(&names) {
            assert_eq!(installation(folder.path()).expect("a name"), *name);
        }
        std::fs::write(folders[0].path().join(INSTALLATION), "?").expect("written");
        assert!(installation(folders[0].path()).is_err());
    }
}
