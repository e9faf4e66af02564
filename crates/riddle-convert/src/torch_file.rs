//! Tensors that PyTorch has saved, read without running what is in the file.

mod pickle;

use std::collections::HashMap;
use std::io::{Cursor, Read};

use half::{bf16, f16};
pub use pickle::Kind;
use pickle::StoredTensor;
use riddle_core::ModelError;
use zip::ZipArchive;

use riddle_checkpoint::Source;

/// Heads of models are far smaller.
const LONGEST: u64 = 256 << 20;
/// The description of the tensors, without their numbers.
const LONGEST_PICKLE: u64 = 1 << 20;
/// Numbers that are read for all tensors together: a small archive may unpack to much, and refer to it often.
const MOST_NUMBERS: usize = (LONGEST / 4) as usize;
const SAVE_AS: &str = "save the tensors as safetensors and name that file instead";

/// A tensor in 32 bits.
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor {
    /// Sizes of its dimensions.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

/// The tensors of a `state_dict` by their names.
///
/// # Errors
/// The file is missing, damaged, holds anything but tensors of floats, or numbers that are not finite.
pub fn read_torch_file(
    source: &Source<'_>,
    file: &str,
) -> Result<HashMap<String, Tensor>, ModelError> {
    let path = source.path(file);
    let length = std::fs::metadata(path).map_err(|error| source.unreadable(file, &error))?;
    if length.len() > LONGEST {
        return Err(source.bad(file, "is too large for a head", SAVE_AS));
    }
    let bytes = source.read(file)?;
    if bytes.starts_with(b"version ") {
        return Err(source.damaged(file, "is a Git LFS pointer, not the weights themselves"));
    }
    parse(bytes).map_err(|problem| source.bad(file, &problem, SAVE_AS))
}

fn parse(bytes: Vec<u8>) -> Result<HashMap<String, Tensor>, String> {
    let no_archive = "is no archive of PyTorch 1.6 or newer";
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|_error| no_archive.to_owned())?;
    let description = archive
        .file_names()
        .filter_map(Result::ok)
        .find(|name| name.ends_with("/data.pkl"))
        .ok_or(no_archive)?
        .into_owned();
    let folder = description.trim_end_matches("data.pkl").to_owned();
    if let Ok(order) = entry(&mut archive, &format!("{folder}byteorder"), LONGEST_PICKLE)
        && order != b"little"
    {
        return Err("was saved on a machine with another byte order".to_owned());
    }
    let description = entry(&mut archive, &description, LONGEST_PICKLE)?;
    let mut tensors = HashMap::new();
    let mut left = MOST_NUMBERS;
    for (name, stored) in pickle::tensors(&description)? {
        let end = stored.end().ok_or("has a tensor too large to be true")?;
        left = left
            .checked_sub(end.max(1))
            .ok_or("is too large for a head")?;
        let data = entry(
            &mut archive,
            &format!("{folder}data/{}", stored.storage),
            end as u64 * stored.kind.bytes(),
        )?;
        tensors.insert(name.to_string(), widen(&stored, end, &data)?);
    }
    Ok(tensors)
}

fn entry(
    archive: &mut ZipArchive<Cursor<Vec<u8>>>,
    name: &str,
    longest: u64,
) -> Result<Vec<u8>, String> {
    let damaged = |_| "is damaged: a part of it cannot be read".to_owned();
    let part = archive
        .by_name(name)
        .map_err(|error| damaged(error.into()))?;
    let mut bytes = Vec::new();
    part.take(longest)
        .read_to_end(&mut bytes)
        .map_err(damaged)?;
    Ok(bytes)
}

/// The numbers of a tensor that goes to the number `end` of `data`.
fn widen(stored: &StoredTensor, end: usize, data: &[u8]) -> Result<Tensor, String> {
    let values = stored.kind.widen(data);
    let values = values.get(stored.offset..end);
    let values = values.ok_or("is damaged: it has fewer numbers than its tensors need")?;
    if !values.iter().all(|value| value.is_finite()) {
        return Err("holds numbers that are not finite".to_owned());
    }
    Ok(Tensor {
        shape: stored.shape.clone(),
        values: values.to_vec(),
    })
}

impl Kind {
    /// Bytes of a number.
    fn bytes(self) -> u64 {
        match self {
            Self::Float => 4,
            Self::Half | Self::BFloat16 => 2,
        }
    }

    /// The numbers in 32 bits.
    pub fn widen(self, data: &[u8]) -> Vec<f32> {
        match self {
            Self::Float => each(data, f32::from_le_bytes),
            Self::Half => each(data, |pair| f16::from_le_bytes(pair).to_f32()),
            Self::BFloat16 => each(data, |pair| bf16::from_le_bytes(pair).to_f32()),
        }
    }
}

fn each<const N: usize>(bytes: &[u8], widen: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| widen(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn saved() -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../riddle-models/tests/data/tiny/xlm-roberta");
        std::fs::read(folder.join("colbert_linear.pt")).expect("it is committed")
    }

    #[test]
    fn a_layer_that_pytorch_saved_is_read() {
        let tensors = parse(saved()).expect("it is sound");
        assert_eq!(tensors.len(), 2);
        let (weight, bias) = (&tensors["weight"], &tensors["bias"]);
        assert_eq!((&*weight.shape, &*bias.shape), (&[24, 32][..], &[24][..]));
        assert!(weight.values.iter().any(|value| value.abs() > 0.3));
        assert_eq!(weight.values.len(), 24 * 32);
    }

    #[test]
    fn what_is_no_archive_is_told() {
        for bytes in [Vec::new(), b"\x80\x02ctorch\n".to_vec()] {
            let problem = parse(bytes).expect_err("it is none");
            assert!(problem.contains("no archive"), "{problem}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn fuzz_damage_anywhere_is_an_error_or_harmless(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = saved();
            for (place, value) in damage {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            let _ = parse(bytes.clone());
            bytes.truncate(cut.index(bytes.len()));
            prop_assert!(parse(bytes).is_err());
        }
    }
}
