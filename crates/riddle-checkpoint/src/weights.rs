use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use half::{bf16, f16};
use riddle_core::ModelError;
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;
use serde_json::{Map, Value};

use crate::Source;

/// Longer headers than any model has.
const LONGEST_HEADER: u64 = 64 << 20;
/// Every encoder has one of these tensors; what stands before it is the prefix of all others.
const LANDMARKS: [&str; 3] = [
    "embeddings.word_embeddings.weight",
    "embeddings.tok_embeddings.weight",
    "embed_tokens.weight",
];
/// A list of the files that large models are spread over.
const INDEX: &str = ".index.json";

/// The tensors of a model, read one at a time and widened to 32 bits.
pub struct Weights<'a> {
    source: Source<'a>,
    name: String,
    held: Held,
    prefix: String,
}

/// Where they are.
enum Held {
    Safetensors(Safetensors),
    Given(Box<dyn GivenTensors>),
}

/// Tensors that are in no safetensors, under the same names.
pub trait GivenTensors {
    /// The sizes of all dimensions; `None` where there is no such tensor.
    fn shape(&self, name: &str) -> Option<&[usize]>;

    /// All numbers, row-major.
    ///
    /// # Errors
    /// What is wrong with them, said of the file.
    fn read(&self, name: &str) -> Result<Vec<f32>, String>;
}

struct Safetensors {
    shards: Vec<Shard>,
    /// Which shard a tensor is in, and where.
    tensors: HashMap<String, (usize, TensorInfo)>,
}

/// One file of a model.
struct Shard {
    name: String,
    file: File,
    data_start: u64,
}

#[derive(serde::Deserialize)]
struct Index {
    weight_map: std::collections::BTreeMap<String, String>,
}

/// The safetensors files behind `weights`: itself, or those that it lists.
///
/// # Errors
/// A list cannot be read or lists other files.
pub(crate) fn shards(source: &Source<'_>, weights: &str) -> Result<Vec<String>, ModelError> {
    if !weights.ends_with(INDEX) {
        return Ok(vec![weights.to_owned()]);
    }
    let broken = |problem: &str| source.damaged(weights, problem);
    let index: Index = serde_json::from_slice(&source.read(weights)?)
        .map_err(|error| broken(&format!("cannot be understood: {error}")))?;
    let mut files: Vec<String> = index.weight_map.into_values().collect();
    files.sort_unstable();
    files.dedup();
    let plain = |file: &String| !file.contains(['/', '\\']) && file.ends_with(".safetensors");
    if files.is_empty() || !files.iter().all(plain) {
        return Err(broken("does not list safetensors files beside it"));
    }
    Ok(files)
}

impl<'a> Weights<'a> {
    /// Opens the safetensors file `name`, or all that it lists, and reads their headers.
    ///
    /// # Errors
    /// A file is missing, damaged or of another kind, or holds no encoder.
    pub fn open(source: Source<'a>, name: &str) -> Result<Self, ModelError> {
        let (mut shards_open, mut tensors) = (Vec::new(), HashMap::new());
        for shard in shards(&source, name)? {
            let mut file = File::open(source.path(&shard))
                .map_err(|error| source.unreadable(&shard, &error))?;
            let (data_start, held) = header(&source, &shard, &mut file)?;
            let place = shards_open.len();
            tensors.extend(
                held.into_iter()
                    .map(|(tensor, info)| (tensor, (place, info))),
            );
            shards_open.push(Shard {
                name: shard,
                file,
                data_start,
            });
        }
        let prefix = tensors
            .keys()
            .filter_map(|key| LANDMARKS.iter().find_map(|end| key.strip_suffix(end)))
            .min_by_key(|prefix| prefix.len())
            .map(str::to_owned)
            .ok_or_else(|| {
                source.bad(
                    name,
                    &format!("holds no tensor `{}` and so is no encoder", LANDMARKS[0]),
                    "use a model of the architectures bert, distilbert, roberta, xlm-roberta or modernbert",
                )
            })?;
        let held = Safetensors {
            shards: shards_open,
            tensors,
        };
        Ok(Self {
            source,
            name: name.to_owned(),
            held: Held::Safetensors(held),
            prefix,
        })
    }

    /// Tensors of another file, which is called `name` in messages.
    pub fn of_tensors(source: Source<'a>, name: &str, tensors: Box<dyn GivenTensors>) -> Self {
        Self {
            source,
            name: name.to_owned(),
            held: Held::Given(tensors),
            prefix: String::new(),
        }
    }

    /// A tensor of the encoder, by its name without the model's prefix, row-major.
    ///
    /// # Errors
    /// It is missing, of another shape, of an unknown type or not finite.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let full = format!("{}{name}", self.prefix);
        let old = full
            .replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta");
        self.first_of(&[full, old], shape)
    }

    /// A tensor of the head: heads stand beside the encoder, under its prefix, or under a wrapper's.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_head(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let candidates = [
            name.to_owned(),
            format!("{}{name}", self.prefix),
            format!("model.{name}"),
        ];
        self.first_of(&candidates, shape)
    }

    /// What to say of the file of weights.
    pub fn bad(&self, problem: &str, remedy: &str) -> ModelError {
        self.source.bad(&self.name, problem, remedy)
    }

    fn first_of(&mut self, names: &[String], shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let of = |name: &String| self.held.shape(name).map(<[usize]>::to_vec);
        let found = names.iter().find_map(|name| Some((name, of(name)?)));
        let Some((name, found)) = found else {
            let problem = format!("holds no tensor `{}`", names[0]);
            return Err(self.source.damaged(&self.name, &problem));
        };
        if found != shape {
            let problem = format!(
                "has the shape {found:?} for `{name}` where config.json asks for {shape:?}"
            );
            return Err(self.source.damaged(self.file_of(name), &problem));
        }
        let values = match &mut self.held {
            Held::Safetensors(held) => held.read(&self.source, &self.name, name)?,
            Held::Given(given) => given
                .read(name)
                .map_err(|problem| self.source.damaged(&self.name, &problem))?,
        };
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            let problem = format!("holds numbers in `{name}` that are not finite");
            Err(self.source.damaged(&self.name, &problem))
        }
    }

    /// The file that a tensor is in.
    fn file_of(&self, tensor: &str) -> &str {
        match &self.held {
            Held::Safetensors(held) => {
                let place = held.tensors.get(tensor);
                place.map_or(&self.name, |(shard, _)| &held.shards[*shard].name)
            }
            Held::Given(_) => &self.name,
        }
    }
}

impl Held {
    fn shape(&self, tensor: &str) -> Option<&[usize]> {
        match self {
            Self::Safetensors(held) => held.tensors.get(tensor).map(|(_, info)| &*info.shape),
            Self::Given(given) => given.shape(tensor),
        }
    }
}

impl Safetensors {
    fn read(
        &mut self,
        source: &Source<'_>,
        name: &str,
        tensor: &str,
    ) -> Result<Vec<f32>, ModelError> {
        let Some((shard, info)) = self.tensors.get(tensor) else {
            return Err(source.damaged(name, &format!("holds no tensor `{tensor}`")));
        };
        let shard = &mut self.shards[*shard];
        let (from, to) = info.data_offsets;
        let mut bytes = vec![0; to - from];
        let read = shard
            .file
            .seek(SeekFrom::Start(shard.data_start + from as u64))
            .and_then(|_| shard.file.read_exact(&mut bytes));
        if let Err(error) = read {
            return Err(source.unreadable(&shard.name, &error));
        }
        match info.dtype {
            Dtype::F32 => Ok(each(&bytes, f32::from_le_bytes)),
            Dtype::F16 => Ok(each(&bytes, |pair| f16::from_le_bytes(pair).to_f32())),
            Dtype::BF16 => Ok(each(&bytes, |pair| bf16::from_le_bytes(pair).to_f32())),
            other => Err(source.bad(
                name,
                &format!("holds `{tensor}` as {other:?}"),
                "use a model with weights of 32 or 16 bits",
            )),
        }
    }
}

/// Where the data starts, and what is in it.
fn header(
    source: &Source<'_>,
    name: &str,
    file: &mut File,
) -> Result<(u64, HashMap<String, TensorInfo>), ModelError> {
    let broken = |problem: &str| source.damaged(name, problem);
    let length = file
        .metadata()
        .map_err(|error| source.unreadable(name, &error))?
        .len();
    let mut start = [0; 8];
    if file.read_exact(&mut start).is_err() {
        return Err(broken("is too short for a safetensors file"));
    }
    if start.starts_with(b"version ") {
        return Err(broken("is a Git LFS pointer, not the weights themselves"));
    }
    let header_length = u64::from_le_bytes(start);
    if header_length > LONGEST_HEADER.min(length) {
        return Err(broken("is no safetensors file"));
    }
    let mut bytes = start.to_vec();
    file.take(header_length)
        .read_to_end(&mut bytes)
        .map_err(|error| source.unreadable(name, &error))?;
    let data_start = 8 + header_length;
    let tensors = parse(&bytes[8..])
        .map_err(|error| broken(&format!("has a header that cannot be read: {error}")))?;
    let end = tensors.values().map(|info| info.data_offsets.1).max();
    let expected = data_start + end.unwrap_or(0) as u64;
    if length < expected {
        return Err(broken(&format!(
            "is cut off: it has {length} bytes where its header asks for {expected}"
        )));
    }
    if let Some((tensor, _)) = tensors.iter().find(|(_, info)| !is_sound(info)) {
        return Err(broken(&format!(
            "gives `{tensor}` another size than its shape needs"
        )));
    }
    match out_of_line(&tensors) {
        Some(tensor) => Err(broken(&format!(
            "has `{tensor}` where another tensor lies, or behind a gap"
        ))),
        None => Ok((data_start, tensors)),
    }
}

/// A tensor that does not begin where the one before it ends.
fn out_of_line(tensors: &HashMap<String, TensorInfo>) -> Option<&str> {
    let mut ranges: Vec<((usize, usize), &str)> = tensors
        .iter()
        .map(|(name, info)| (info.data_offsets, name.as_str()))
        .collect();
    ranges.sort_unstable();
    let mut end = 0;
    ranges.into_iter().find_map(|((from, to), name)| {
        let follows = from == end;
        end = to;
        (!follows).then_some(name)
    })
}

fn parse(header: &[u8]) -> serde_json::Result<HashMap<String, TensorInfo>> {
    let entries: Map<String, Value> = serde_json::from_slice(header)?;
    entries
        .into_iter()
        .filter(|(name, _)| name != "__metadata__")
        .map(|(name, value)| Ok((name, serde_json::from_value(value)?)))
        .collect()
}

fn is_sound(info: &TensorInfo) -> bool {
    let (from, to) = info.data_offsets;
    let bits = info
        .shape
        .iter()
        .try_fold(info.dtype.bitsize(), |bits, size| bits.checked_mul(*size));
    to.checked_sub(from)
        .and_then(|bytes| bytes.checked_mul(8))
        .is_some_and(|stored| Some(stored) == bits)
}

fn each<const N: usize>(bytes: &[u8], widen: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| widen(*chunk)).collect()
}
