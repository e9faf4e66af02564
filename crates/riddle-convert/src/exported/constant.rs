//! Constants of a graph as numbers.

use half::{bf16, f16};

use crate::onnx::proto::Tensor;

/// What the numbers are, by their codes in the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Number {
    Float,
    Integer,
    Truth,
}

const FLOAT: i32 = 1;
const UINT8: i32 = 2;
const INT8: i32 = 3;
const INT32: i32 = 6;
const INT64: i32 = 7;
const BOOL: i32 = 9;
const FLOAT16: i32 = 10;
const DOUBLE: i32 = 11;
const BFLOAT16: i32 = 16;
/// `TensorProto.EXTERNAL`.
const EXTERNAL: i32 = 1;

/// What numbers of this type are; `None` for texts and others that encoders do not have.
pub(super) fn number(data_type: i64) -> Option<Number> {
    match i32::try_from(data_type).ok()? {
        FLOAT | FLOAT16 | DOUBLE | BFLOAT16 => Some(Number::Float),
        UINT8 | INT8 | INT32 | INT64 => Some(Number::Integer),
        BOOL => Some(Number::Truth),
        _ => None,
    }
}

/// Whether numbers of this type hold every word's.
pub(super) fn is_integer(data_type: i64) -> bool {
    data_type == i64::from(INT32) || data_type == i64::from(INT64)
}

/// Whether each number is a byte, as quantized weights are.
pub(super) fn is_bytes(tensor: &Tensor) -> bool {
    matches!(tensor.data_type, Some(UINT8 | INT8))
}

/// The sizes of all dimensions, whose product is no larger than memory.
pub(super) fn shape(tensor: &Tensor) -> Option<Vec<usize>> {
    let sizes: Option<Vec<usize>> = tensor
        .dims
        .iter()
        .map(|size| usize::try_from(*size).ok())
        .collect();
    let sizes = sizes?;
    count(&sizes).map(|_| sizes)
}

/// How many numbers a tensor of this shape has.
pub(super) fn count(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1_usize, |product, size| product.checked_mul(*size))
}

/// All numbers, row-major, each made what is wanted. Integers of 64 bits lose what a float of 64 bits has no room for.
pub(super) fn numbers<T>(tensor: &Tensor, to: impl Fn(f64) -> T) -> Result<Vec<T>, String> {
    let name = tensor.name.as_deref().unwrap_or_default();
    if tensor.data_location == Some(EXTERNAL) {
        return Err("its weights are in a file of their own".to_owned());
    }
    let values = match &tensor.raw_data {
        Some(raw) => raw_numbers(tensor.data_type, raw, to),
        None => listed_numbers(tensor, to),
    };
    let values = values.ok_or_else(|| format!("the numbers of `{name}` are of another type"))?;
    let expected = shape(tensor).and_then(|shape| count(&shape));
    if Some(values.len()) == expected {
        Ok(values)
    } else {
        Err(format!("`{name}` has more or fewer numbers than its shape"))
    }
}

fn raw_numbers<T>(data_type: Option<i32>, raw: &[u8], to: impl Fn(f64) -> T) -> Option<Vec<T>> {
    Some(match data_type? {
        FLOAT => each(raw, |bytes| to(f32::from_le_bytes(bytes).into())),
        FLOAT16 => each(raw, |bytes| to(f16::from_le_bytes(bytes).into())),
        BFLOAT16 => each(raw, |bytes| to(bf16::from_le_bytes(bytes).into())),
        DOUBLE => each(raw, |bytes| to(f64::from_le_bytes(bytes))),
        UINT8 | BOOL => each(raw, |[byte]: [u8; 1]| to(byte.into())),
        INT8 => each(raw, |bytes| to(i8::from_le_bytes(bytes).into())),
        INT32 => each(raw, |bytes| to(i32::from_le_bytes(bytes).into())),
        INT64 => each(raw, |bytes| to(i64::from_le_bytes(bytes) as f64)),
        _ => return None,
    })
}

fn listed_numbers<T>(tensor: &Tensor, to: impl Fn(f64) -> T) -> Option<Vec<T>> {
    let integers = tensor.int32_data.iter();
    let halves = tensor.int32_data.iter().map(|bits| *bits as u16);
    Some(match tensor.data_type? {
        FLOAT => tensor.float_data.iter().map(|v| to((*v).into())).collect(),
        FLOAT16 => halves.map(|bits| to(f16::from_bits(bits).into())).collect(),
        BFLOAT16 => halves
            .map(|bits| to(bf16::from_bits(bits).into()))
            .collect(),
        UINT8 | INT8 | INT32 | BOOL => integers.map(|value| to((*value).into())).collect(),
        INT64 => tensor.int64_data.iter().map(|v| to(*v as f64)).collect(),
        _ => return None,
    })
}

fn each<const N: usize, T>(bytes: &[u8], widen: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| widen(*chunk)).collect()
}
