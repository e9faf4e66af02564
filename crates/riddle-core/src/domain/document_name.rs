use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Longest name of a document in characters.
pub const MAX_DOCUMENT_NAME_CHARS: usize = 1_000;

/// Why a name cannot be a document's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameProblem {
    /// Nothing that can be seen is in it.
    Empty,
    /// It is longer than 1,000 characters.
    TooLong,
    /// This character is a control character, breaks the line or turns the direction of the text that follows.
    Forbidden(char),
    /// It leads out of the folder that it begins in.
    LeadsOut,
    /// It ends with a folder: there is no file's name behind the last slash.
    NoFile,
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a document needs a name; send the file's name"),
            Self::TooLong => {
                write!(f, "a document's name may have at most {MAX_DOCUMENT_NAME_CHARS} characters; shorten it")
            }
            Self::Forbidden(character) => write!(
                f,
                "a document's name may not hold control characters, line breaks or characters that turn the direction \
                 of text; remove U+{:04X}",
                u32::from(*character)
            ),
            Self::LeadsOut => f.write_str(
                "a document's name may not lead out of its folder; leave out the `..` that it begins with",
            ),
            Self::NoFile => {
                f.write_str("a document's name must end with a file's name; put one behind the last slash")
            }
        }
    }
}

/// The one spelling of a document's name: a path of folders and a file, joined by `/`.
///
/// Letters are composed (NFC), a backslash is a slash, `.` and empty parts are left out, `..` takes away the folder
/// before it, the slash in front goes, and a drive's letter becomes a folder. White space at the ends of a part and
/// marks that nobody sees are left out. Giving it a name that it has made changes nothing.
///
/// # Errors
/// The name has no such spelling.
pub fn document_name(given: &str) -> Result<String, NameProblem> {
    let is_forbidden = |c: &char| is_forbidden(*c);
    if let Some(character) = given.chars().find(is_forbidden) {
        return Err(NameProblem::Forbidden(character));
    }
    let parts = parts(given)?;
    if parts.is_empty() {
        return Err(NameProblem::Empty);
    }
    let name = parts.join("/");
    if name.chars().count() > MAX_DOCUMENT_NAME_CHARS {
        return Err(NameProblem::TooLong);
    }
    Ok(name)
}

/// The one spelling of a folder that documents are named by: as [`document_name`], and empty for the outermost one.
///
/// # Errors
/// The folder has no such spelling, or leads out.
pub fn folder_name(given: &str) -> Result<String, NameProblem> {
    let inside = document_name(&format!("{given}/file"))?;
    let folder = inside.strip_suffix("file").unwrap_or_default();
    Ok(folder.trim_end_matches('/').to_owned())
}

/// A name for a document that an earlier version took under one that has no spelling: without what is refused.
pub fn closest_document_name(given: &str) -> String {
    let kept: String = given.chars().filter(|c| !is_forbidden(*c)).collect();
    let mut parts = parts(&kept.replace("..", ".")).unwrap_or_default();
    if parts.is_empty() {
        parts.push("document".to_owned());
    }
    let name: String = parts
        .join("/")
        .chars()
        .take(MAX_DOCUMENT_NAME_CHARS)
        .collect();
    document_name(&name).unwrap_or_else(|_| "document".to_owned())
}

fn parts(given: &str) -> Result<Vec<String>, NameProblem> {
    let name = name_part(given);
    let mut parts: Vec<String> = Vec::new();
    let mut is_file = false;
    let mut rest = name.split(['/', '\\']).map(str::trim).peekable();
    while let Some(part) = rest.next() {
        is_file = !matches!(part, "" | "." | "..");
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(NameProblem::LeadsOut)?;
            }
            // Left as it is, a path would be an absolute one. Left out, files of two drives would have one name.
            drive if parts.is_empty() && is_drive(drive) && rest.peek().is_some() => {
                parts.push(drive.trim_end_matches(':').to_owned());
            }
            part => parts.push(part.to_owned()),
        }
    }
    if is_file || parts.is_empty() {
        Ok(parts)
    } else {
        Err(NameProblem::NoFile)
    }
}

/// A part of a name as names are spelled: composed, without marks that nobody sees.
pub fn name_part(given: &str) -> String {
    given.chars().filter(|c| !is_invisible(*c)).nfc().collect()
}

fn is_drive(part: &str) -> bool {
    let mut characters = part.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic()) && characters.as_str() == ":"
}

/// Control characters, breaks of lines and paragraphs, and what turns or holds the direction of text: with these a name
/// shows as another one.
fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Marks of direction and of places where a word may break. Joiners stay: scripts and pictures need them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}' | '\u{FEFF}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        for (given, name) in [
            ("U\u{308}berblick.md", "Überblick.md"),
            ("docs\\guide.txt", "docs/guide.txt"),
            ("./a//b/../c.txt", "a/c.txt"),
            ("a\\.\\b\\..\\c.txt", "a/c.txt"),
            ("/abs/olute.txt", "abs/olute.txt"),
            ("\\\\server\\share\\file.txt", "server/share/file.txt"),
            ("C:\\Users\\me\\guide.txt", "C/Users/me/guide.txt"),
            ("d:/guide.txt", "d/guide.txt"),
            ("/./d:/guide.txt", "d/guide.txt"),
            ("Q:A.txt", "Q:A.txt"),
            ("c:", "c:"),
            (" a / b.txt ", "a/b.txt"),
            ("\u{FEFF}a\u{200E}.txt", "a.txt"),
            ("e\u{200B}\u{301}.txt", "é.txt"),
            ("두 부분.txt", "두 부분.txt"),
        ] {
            assert_eq!(document_name(given).as_deref(), Ok(name), "{given:?}");
        }
    }

    #[test]
    fn odd_names_are_kept() {
        for name in [
            ".hidden",
            "a.b.c.tar.md",
            "two  spaces.txt",
            "CON.txt",
            "q&a #1 100%.txt",
            "...",
            "Acme Inc./a.txt",
            "a:b.txt",
            "%2e%2e/a.txt",
            "..a/b..",
            "no extension",
            "👩\u{200D}🚀.txt",
            "می\u{200C}خواهم.txt",
            "~/a.txt",
        ] {
            assert_eq!(document_name(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_has_no_spelling_is_refused_with_a_reason() {
        for (given, problem) in [
            ("", NameProblem::Empty),
            (" \u{200B} ", NameProblem::Empty),
            ("///", NameProblem::Empty),
            ("../../escape.txt", NameProblem::LeadsOut),
            ("a/../../b.txt", NameProblem::LeadsOut),
            ("..\\b.txt", NameProblem::LeadsOut),
            (" .. /b.txt", NameProblem::LeadsOut),
            ("C:/../../b.txt", NameProblem::LeadsOut),
            ("docs/", NameProblem::NoFile),
            ("docs/a/..", NameProblem::NoFile),
            ("a\nb.txt", NameProblem::Forbidden('\n')),
            ("a\0.txt", NameProblem::Forbidden('\0')),
            ("gpj.\u{202E}exe", NameProblem::Forbidden('\u{202E}')),
            ("a\u{2067}b", NameProblem::Forbidden('\u{2067}')),
        ] {
            assert_eq!(document_name(given), Err(problem), "{given:?}");
        }
        assert_eq!(document_name(&"x".repeat(1_001)), Err(NameProblem::TooLong));
        assert!(document_name(&"é".repeat(1_000)).is_ok());
        // It counts as it is kept: two characters to a letter here.
        assert!(document_name(&"e\u{301}".repeat(1_000)).is_ok());
    }

    #[test]
    fn a_folder_may_be_the_outermost_one() {
        for (given, name) in [
            ("", ""),
            ("/", ""),
            (".", ""),
            ("docs/", "docs"),
            ("docs\\a\\", "docs/a"),
            ("docs/..", ""),
            ("docs/a/..", "docs"),
            ("/docs", "docs"),
            ("C:\\", "C"),
            ("profile/file", "profile/file"),
        ] {
            assert_eq!(folder_name(given).as_deref(), Ok(name), "{given:?}");
        }
        assert_eq!(folder_name("../a"), Err(NameProblem::LeadsOut));
    }

    #[test]
    fn a_name_of_an_earlier_version_keeps_what_it_may() {
        for (given, name) in [
            ("../../escape.txt", "escape.txt"),
            ("a\u{202E}b.txt", "ab.txt"),
            ("docs/", "document"),
            ("\u{202E}", "document"),
        ] {
            assert_eq!(closest_document_name(given), name, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_stays_inside_and_is_made_once(given in r"([a-cA-C:./\\ \u{300}\u{308}\u{200B}\u{202E}éU\u{1100}\u{1161}%~]{0,12}|\PC{0,20})") {
            if let Ok(name) = document_name(&given) {
                prop_assert_eq!(document_name(&name), Ok(name.clone()));
                prop_assert!(!name.is_empty() && !name.contains('\\'));
                let escapes = |part: &str| part.is_empty() || part == "." || part == ".." || part.trim() != part;
                prop_assert!(!name.split('/').any(escapes), "{:?}", name);
                prop_assert!(!name.split_once('/').is_some_and(|(first, _)| is_drive(first)), "{:?}", name);
            }
            if let Ok(folder) = folder_name(&given) {
                prop_assert_eq!(folder_name(&folder), Ok(folder.clone()));
            }
        }
    }
}
