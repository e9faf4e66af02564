use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::OnnxRuntimeError;

/// Oldest usable version, as `major.minor`. 1.22 has the functions too, but ends the process when a session is opened
/// with the device policy that the `ort` crate always sets.
pub(super) const OLDEST: &str = "1.23";
const OLDEST_MINOR: u32 = 23;

const MAGIC: &[u8] = b"\x7fELF";
/// What the symbols of the library are versioned with, in front of the version itself.
const VERSION_TAG: &[u8] = b"\0VERS_1.";
const ENTRY_POINT: &[u8] = b"\0OrtGetApiBase\0";
const SHARED_OBJECT: u16 = 3;

#[cfg(target_arch = "x86_64")]
const MACHINE: u16 = 62;
#[cfg(target_arch = "aarch64")]
const MACHINE: u16 = 183;

/// Version of the ONNX Runtime library in this file, told from its bytes alone.
pub(super) fn inspect(path: &Path) -> Result<String, OnnxRuntimeError> {
    let bytes = read(path)?;
    check_header(&bytes)?;
    if find(&bytes, ENTRY_POINT).is_none() {
        return Err(unusable("is a library, but not that of ONNX Runtime"));
    }
    let Some(version) = find(&bytes, VERSION_TAG).map(|at| version_at(&bytes[at + 6..])) else {
        return Err(unusable("does not tell its version"));
    };
    let minor = version.split('.').nth(1).and_then(|n| n.parse().ok());
    if minor.is_some_and(|minor: u32| minor >= OLDEST_MINOR) {
        Ok(version)
    } else {
        Err(OnnxRuntimeError::TooOld { found: version })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, OnnxRuntimeError> {
    let mut file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => OnnxRuntimeError::Missing,
        _ => unusable(&format!("cannot be opened: {error}")),
    })?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err(unusable("is not a file"));
    }
    let mut head = [0; 4];
    if file.read_exact(&mut head).is_err() || head != *MAGIC {
        return Err(unusable("is not a shared library"));
    }
    let mut bytes = head.to_vec();
    file.read_to_end(&mut bytes)
        .map_err(|error| unusable(&format!("cannot be read: {error}")))?;
    Ok(bytes)
}

fn check_header(bytes: &[u8]) -> Result<(), OnnxRuntimeError> {
    let [.., kind_low, kind_high, machine_low, machine_high] = bytes.get(..20).unwrap_or_default()
    else {
        return Err(unusable("is cut off"));
    };
    if u16::from_le_bytes([*kind_low, *kind_high]) != SHARED_OBJECT {
        return Err(unusable("is not a shared library"));
    }
    if u16::from_le_bytes([*machine_low, *machine_high]) != MACHINE {
        return Err(unusable("was built for another kind of CPU"));
    }
    Ok(())
}

fn version_at(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .take(16)
        .map(|byte| char::from(*byte))
        .collect()
}

/// Shared libraries hold their names near the beginning, so this ends long before the file does.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|b| *b == wanted[0]) {
        if bytes[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

fn unusable(why: &str) -> OnnxRuntimeError {
    OnnxRuntimeError::Unusable(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &[u8]) -> OnnxRuntimeError {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), content).expect("written");
        inspect(file.path()).expect_err("it is no library")
    }

    fn library(tail: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.resize(16, 0);
        bytes.extend(SHARED_OBJECT.to_le_bytes());
        bytes.extend(MACHINE.to_le_bytes());
        bytes.extend(tail);
        bytes
    }

    #[test]
    fn what_is_no_library_is_told_before_it_is_loaded() {
        assert_eq!(
            inspect(Path::new("/nonexistent/libonnxruntime.so")),
            Err(OnnxRuntimeError::Missing)
        );
        assert!(matches!(
            inspect(Path::new("/")),
            Err(OnnxRuntimeError::Unusable(_))
        ));
        assert_eq!(check(b"hello"), unusable("is not a shared library"));
        assert_eq!(check(MAGIC), unusable("is cut off"));
        assert_eq!(
            check(&library(b"\0printf\0")),
            unusable("is a library, but not that of ONNX Runtime")
        );
    }

    #[test]
    fn an_old_library_is_refused_with_its_version() {
        for version in ["1.9.0", "1.22.1"] {
            let old = library(format!("\0OrtGetApiBase\0VERS_{version}\0").as_bytes());
            let found = version.to_owned();
            assert_eq!(check(&old), OnnxRuntimeError::TooOld { found });
        }
    }
}
