use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use riddle_core::ContentHash;

use super::folder::names;
use super::{CONFIGURATION, DATABASE, MANIFEST, Manifest, ORIGINALS};

/// Bytes of a manifest at most; each lost original takes 70.
const MAX_MANIFEST: u64 = 64 << 20;
const MAX_CONFIGURATION: u64 = 1 << 20;

/// Where a backup is read from.
pub(crate) enum Source {
    /// One of the backups in a folder.
    Folder { dir: PathBuf, name: String },
    /// A tar archive that is read once, from its beginning.
    Archive(Box<dyn Read + Send>),
}

/// What a backup is made of, in this order. Each part is to be read before the next one is asked for.
pub(super) trait Parts {
    fn manifest(&mut self) -> anyhow::Result<Manifest>;
    /// The database file, of the length that the manifest says.
    fn database(
        &mut self,
        read: &mut dyn FnMut(&mut dyn Read) -> anyhow::Result<()>,
    ) -> anyhow::Result<()>;
    fn configuration(&mut self) -> anyhow::Result<Option<Vec<u8>>>;
    /// Calls `read` for each of the wanted originals that is there.
    fn originals(
        &mut self,
        wanted: &[(ContentHash, u64)],
        read: &mut dyn FnMut(ContentHash, &mut dyn Read) -> anyhow::Result<()>,
    ) -> anyhow::Result<()>;
}

impl Source {
    /// `-` is the standard input, a file is an archive, and of a folder the newest backup or the one of this name.
    pub(crate) fn find(from: &str, name: Option<&str>) -> anyhow::Result<Self> {
        let path = Path::new(from);
        if from == "-" || path.is_file() {
            ensure!(
                name.is_none(),
                "an archive holds one backup; leave out --backup"
            );
            if from == "-" {
                return Ok(Self::Archive(Box::new(io::stdin())));
            }
            let file = File::open(path).with_context(|| format!("cannot read {from}"))?;
            return Ok(Self::Archive(Box::new(io::BufReader::new(file))));
        }
        let dir = path.to_path_buf();
        let names = names(&dir)?;
        let newest = names
            .last()
            .with_context(|| format!("{from} holds no backups"))?;
        let name = match name {
            None => newest.clone(),
            Some(name) if names.iter().any(|known| known == name) => name.to_owned(),
            Some(name) => bail!(
                "{from} holds no backup `{name}`; it holds {}",
                names.join(", ")
            ),
        };
        Ok(Self::Folder { dir, name })
    }
}

/// A backup of a folder.
pub(super) struct FolderParts {
    pub(super) dir: PathBuf,
    pub(super) name: String,
}

impl FolderParts {
    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(&self.name).join(name)
    }
}

impl Parts for FolderParts {
    fn manifest(&mut self) -> anyhow::Result<Manifest> {
        let path = self.file(MANIFEST);
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Manifest::parse(&bytes, &path)
    }

    fn database(
        &mut self,
        read: &mut dyn FnMut(&mut dyn Read) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let path = self.file(DATABASE);
        let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()));
        read(&mut file?)
    }

    fn configuration(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        match std::fs::read(self.file(CONFIGURATION)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("cannot read the configuration of the backup"),
        }
    }

    fn originals(
        &mut self,
        wanted: &[(ContentHash, u64)],
        read: &mut dyn FnMut(ContentHash, &mut dyn Read) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for (hash, _) in wanted {
            let path = self.dir.join(ORIGINALS).join(hash.to_string());
            match File::open(&path) {
                Ok(mut file) => read(*hash, &mut file)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot read {}", path.display()));
                }
            }
        }
        Ok(())
    }
}

/// A backup in an archive, whose entries come in the order in which they were written.
pub(super) struct ArchiveParts<'a> {
    entries: tar::Entries<'a, Box<dyn Read + Send>>,
    configuration: bool,
}

impl<'a> ArchiveParts<'a> {
    pub(super) fn new(archive: &'a mut tar::Archive<Box<dyn Read + Send>>) -> anyhow::Result<Self> {
        let entries = archive.entries().context("cannot read the archive")?;
        Ok(Self {
            entries,
            configuration: false,
        })
    }

    /// The next entry, which must have this name.
    fn expect(&mut self, name: &str) -> anyhow::Result<tar::Entry<'a, Box<dyn Read + Send>>> {
        let entry = self.take()?;
        let entry =
            entry.with_context(|| format!("the archive ends before {name}; it is not whole"))?;
        let found = name_of(&entry);
        ensure!(
            found == name,
            "the archive has `{found}` where {name} should be; is it a backup of Riddle?"
        );
        Ok(entry)
    }

    fn take(&mut self) -> anyhow::Result<Option<tar::Entry<'a, Box<dyn Read + Send>>>> {
        // Other programs add folders.
        let mut entries = self.entries.by_ref().skip_while(|entry| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.header().entry_type().is_dir())
        });
        let entry = entries.next().transpose();
        entry.context("the archive is damaged, or is no tar archive; one that is compressed has to be unpacked first")
    }
}

fn name_of(entry: &tar::Entry<'_, Box<dyn Read + Send>>) -> String {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    name.strip_prefix("./").map_or(name.clone(), str::to_owned)
}

/// The whole of a part that has to fit into memory.
fn bytes_of(
    entry: &mut tar::Entry<'_, Box<dyn Read + Send>>,
    most: u64,
) -> anyhow::Result<Vec<u8>> {
    let name = name_of(entry);
    ensure!(
        entry.size() <= most,
        "{name} of the archive is larger than any backup makes it"
    );
    let mut bytes = Vec::new();
    let read = entry.take(most).read_to_end(&mut bytes);
    read.with_context(|| format!("the archive ends within {name}"))?;
    Ok(bytes)
}

impl Parts for ArchiveParts<'_> {
    fn manifest(&mut self) -> anyhow::Result<Manifest> {
        let mut entry = self.expect(MANIFEST)?;
        let manifest = Manifest::parse(&bytes_of(&mut entry, MAX_MANIFEST)?, Path::new(MANIFEST))?;
        self.configuration = manifest.configuration;
        Ok(manifest)
    }

    fn database(
        &mut self,
        read: &mut dyn FnMut(&mut dyn Read) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut entry = self.expect(DATABASE)?;
        read(&mut entry)
    }

    fn configuration(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        if !self.configuration {
            return Ok(None);
        }
        let mut entry = self.expect(CONFIGURATION)?;
        Ok(Some(bytes_of(&mut entry, MAX_CONFIGURATION)?))
    }

    fn originals(
        &mut self,
        wanted: &[(ContentHash, u64)],
        read: &mut dyn FnMut(ContentHash, &mut dyn Read) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        while let Some(mut entry) = self.take()? {
            let name = name_of(&entry);
            let hash = name
                .strip_prefix("blobs/")
                .and_then(|hash| hash.parse::<ContentHash>().ok());
            let hash =
                hash.filter(|hash| wanted.binary_search_by_key(hash, |(hash, _)| *hash).is_ok());
            let Some(hash) = hash else {
                bail!("the archive holds `{name}`, which its database does not refer to");
            };
            read(hash, &mut entry)?;
        }
        Ok(())
    }
}
