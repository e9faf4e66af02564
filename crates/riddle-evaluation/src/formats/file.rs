use super::error::ImportProblem;

/// A file of a set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// Its path in the folder, with `/` between the parts.
    pub name: String,
    /// Its content, in UTF-8 with or without a byte order mark.
    pub bytes: Vec<u8>,
}

/// A file to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputFile {
    /// Its path in the folder, with `/` between the parts.
    pub name: String,
    /// Its content.
    pub content: String,
}

/// A line of a file, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) line: u64,
}

/// What a parser has: the text without a byte order mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

/// Lines of ascending offsets, counted in one pass.
pub(super) struct LineCounter<'a> {
    source: Source<'a>,
    offset: usize,
    line: u64,
}

impl InputFile {
    /// The last part of its path.
    pub(super) fn base_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Whether the name ends in one of these extensions, in capitals or not.
    pub(super) fn has_extension(&self, extensions: &[&str]) -> bool {
        let name = self.base_name();
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase());
        extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
    }

    /// Its text, if it is UTF-8.
    pub(super) fn source(&self) -> Result<Source<'_>, ImportProblem> {
        let bytes = self
            .bytes
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(&self.bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Source {
                file: &self.name,
                text,
            }),
            Err(error) => Err(self.not_utf8(&bytes[..error.valid_up_to()])),
        }
    }

    fn not_utf8(&self, valid: &[u8]) -> ImportProblem {
        let place = Place {
            file: &self.name,
            line: 1 + count_lines(valid),
        };
        let column = 1 + valid
            .iter()
            .rev()
            .take_while(|byte| **byte != b'\n')
            .count();
        let encoding = match self.bytes.as_slice() {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => " (it is UTF-16)",
            _ => "",
        };
        let message = format!(
            "the text is not UTF-8{encoding}: byte {column} of the line begins no character; save the file as UTF-8 \
             (Excel calls it \"CSV UTF-8\")"
        );
        place.problem_of_line(message)
    }
}

impl<'a> Place<'a> {
    /// A fault in a field of this line.
    pub(super) fn problem(
        self,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> ImportProblem {
        ImportProblem {
            field: Some(field.into()),
            ..self.problem_of_line(message)
        }
    }

    /// A fault of the whole line.
    pub(super) fn problem_of_line(self, message: impl Into<String>) -> ImportProblem {
        ImportProblem {
            file: Some(self.file.to_owned()),
            line: Some(self.line),
            field: None,
            message: message.into(),
        }
    }
}

impl<'a> Source<'a> {
    /// The lines that are not blank, with their places.
    pub(super) fn lines(self) -> impl Iterator<Item = (Place<'a>, &'a str)> {
        let lines = (1..).zip(self.text.lines());
        lines
            .filter(|(_, text)| !text.trim().is_empty())
            .map(move |(line, text)| {
                (
                    Place {
                        file: self.file,
                        line,
                    },
                    text,
                )
            })
    }

    /// A fault of the whole file.
    pub(super) fn problem(self, message: impl Into<String>) -> ImportProblem {
        ImportProblem {
            file: Some(self.file.to_owned()),
            line: None,
            field: None,
            message: message.into(),
        }
    }
}

impl<'a> LineCounter<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self {
            source,
            offset: 0,
            line: 1,
        }
    }

    /// The place of a byte of the text. Offsets must not descend.
    pub(super) fn place(&mut self, offset: usize) -> Place<'a> {
        let bytes = self.source.text.as_bytes();
        let offset = offset.min(bytes.len());
        if let Some(passed) = bytes.get(self.offset..offset) {
            self.line += count_lines(passed);
            self.offset = offset;
        }
        Place {
            file: self.source.file,
            line: self.line,
        }
    }

    /// The place of a part of the text. Parts must not go back.
    pub(super) fn place_of(&mut self, part: &str) -> Place<'a> {
        let start = part.as_ptr() as usize;
        self.place(start.saturating_sub(self.source.text.as_ptr() as usize))
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
