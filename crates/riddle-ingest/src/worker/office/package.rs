//! The zip container of an office document: its parts and their relationships.

use std::collections::HashMap;
use std::io::{Cursor, Read, Write};

use riddle_core::Failure;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::xml::Element;
use crate::failure;

/// Longest part that is read, in bytes.
const MAX_PART_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes read of all parts together.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// A container whose parts are read one after the other.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    read: u64,
}

/// A relationship of a part to another one inside the container.
pub(super) struct Relation {
    /// The last word of its type, such as `slide`.
    pub(super) kind: String,
    /// The name of the other part.
    pub(super) target: String,
}

impl<'a> Package<'a> {
    /// `None` where this is no container.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        Some(Self { archive, read: 0 })
    }

    /// Names of all parts.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().flatten();
        names.map(|name| name.to_string()).collect()
    }

    /// A part as text; `None` where there is none, or it is damaged.
    ///
    /// # Errors
    /// It unpacks to more than is allowed.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let Some(bytes) = self.bytes(name)? else {
            return Ok(None);
        };
        Ok(crate::plain::decode(&bytes))
    }

    /// A part as it is; `None` where there is none, or it is damaged.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let Ok(part) = self.archive.by_name(name) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let length = part.take(MAX_PART_BYTES + 1).read_to_end(&mut bytes);
        self.read += bytes.len() as u64;
        if bytes.len() as u64 > MAX_PART_BYTES || self.read > MAX_BYTES {
            return Err(failure::bomb());
        }
        Ok(length.ok().map(|_| bytes))
    }

    /// The relationships of a part by their ids; those that lead out of the container are left out.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub(super) fn relations(&mut self, part: &str) -> Result<HashMap<String, Relation>, Failure> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let text = self.text(&relations_part(folder, name))?;
        let mut relations = HashMap::new();
        let Some(root) = text.as_deref().and_then(Element::parse) else {
            return Ok(relations);
        };
        for relation in root.children_named("Relationship") {
            let (Some(id), Some(kind), Some(target)) = (
                relation.attribute("Id"),
                relation.attribute("Type"),
                relation.attribute("Target"),
            ) else {
                continue;
            };
            if relation.attribute("TargetMode").as_deref() == Some("External") {
                continue;
            }
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            let target = resolve(folder, &target);
            relations.insert(id, Relation { kind, target });
        }
        Ok(relations)
    }

    /// The part that the container's own relationships call its document.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub(super) fn main_part(&mut self) -> Result<Option<String>, Failure> {
        let mut relations = self.relations("")?.into_values();
        let main = relations.find(|relation| relation.kind == "officeDocument");
        Ok(main.map(|relation| relation.target))
    }

    /// The container with other contents for some parts, which need not be there yet, and without its pictures.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub(super) fn rewritten(
        &mut self,
        mut changed: HashMap<String, String>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let mut writer = Writer::new();
        for name in self.names() {
            let written = if let Some(text) = changed.remove(&name) {
                writer.add(&name, text.as_bytes())
            } else if is_picture(&name) {
                // The library reads no text from them.
                Some(())
            } else {
                let bytes = self.bytes(&name)?;
                bytes.map_or(Some(()), |bytes| writer.add(&name, &bytes))
            };
            if written.is_none() {
                return Ok(None);
            }
        }
        for (name, text) in changed {
            if writer.add(&name, text.as_bytes()).is_none() {
                return Ok(None);
            }
        }
        Ok(writer.finish())
    }
}

fn is_picture(name: &str) -> bool {
    let folder = name.contains("/media/") || name.starts_with("Pictures/");
    !is_markup(name) && (folder || name.starts_with("Thumbnails/"))
}

/// Whether a part is text by its name, as chapters of books are, in whatever folder they lie.
pub(super) fn is_markup(name: &str) -> bool {
    const ENDS: [&str; 4] = [".xhtml", ".html", ".htm", ".xml"];
    let name = name.to_ascii_lowercase();
    ENDS.iter().any(|end| name.ends_with(end))
}

/// The part that holds the relationships of a part.
pub(super) fn relations_part(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return format!("_rels/{name}.rels");
    }
    format!("{folder}/_rels/{name}.rels")
}

/// The part that a target means to a part in `folder`.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            _ => path.push(step),
        }
    }
    path.join("/")
}

/// Writes a container without compressing its parts, as it is read at once.
pub(super) struct Writer {
    zip: ZipWriter<Cursor<Vec<u8>>>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self {
            zip: ZipWriter::new(Cursor::new(Vec::new())),
        }
    }

    /// Adds a part; `None` if it cannot be added, as it is there already.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> Option<()> {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        self.zip.start_file(name, stored).ok()?;
        self.zip.write_all(bytes).ok()
    }

    pub(super) fn finish(self) -> Option<Vec<u8>> {
        self.zip.finish().ok().map(Cursor::into_inner)
    }
}
