use std::collections::HashMap;

/// Steps that a description of a few tensors never needs.
const MOST_STEPS: usize = 100_000;
/// Values that may be kept for later, for the same reason.
const MOST_KEPT: usize = 10_000;

/// Where the numbers of a tensor are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct StoredTensor {
    /// Name of its storage within the archive.
    pub(super) storage: String,
    pub(super) kind: Kind,
    /// First number in the storage.
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
}

/// What numbers are stored as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// 32 bits.
    Float,
    /// 16 bits of IEEE 754.
    Half,
    /// The upper 16 of 32 bits.
    BFloat16,
}

impl StoredTensor {
    /// How many numbers it has.
    pub(super) fn length(&self) -> Option<usize> {
        let sizes = self.shape.iter();
        sizes.copied().try_fold(1_usize, usize::checked_mul)
    }
}

#[derive(Clone, Debug)]
enum Value {
    Nothing,
    Bool,
    Int(i64),
    Text(String),
    Tuple(Vec<Value>),
    Dict(Vec<(String, Value)>),
    /// A class or function, by module and name.
    Global(String),
    Storage(String, Kind),
    Tensor(StoredTensor),
}

/// The tensors of a pickled `state_dict`. Of Python's machine only what such a file needs is here, and of all functions
/// only those two that make a dictionary and a tensor, which are not called but understood.
pub(super) fn tensors(bytes: &[u8]) -> Result<Vec<(String, StoredTensor)>, String> {
    let mut machine = Machine {
        bytes,
        stack: Vec::new(),
        marks: Vec::new(),
        kept: HashMap::new(),
    };
    for _ in 0..MOST_STEPS {
        if let Some(result) = machine.step()? {
            let Value::Dict(entries) = result else {
                return Err("holds no dictionary of tensors".to_owned());
            };
            return Ok(entries.into_iter().filter_map(tensor).collect());
        }
    }
    Err(damaged())
}

fn tensor((name, value): (String, Value)) -> Option<(String, StoredTensor)> {
    match value {
        Value::Tensor(tensor) => Some((name, tensor)),
        _ => None,
    }
}

fn damaged() -> String {
    "is damaged: its description of tensors makes no sense".to_owned()
}

struct Machine<'a> {
    bytes: &'a [u8],
    stack: Vec<Value>,
    /// Heights of the stack.
    marks: Vec<usize>,
    kept: HashMap<u32, Value>,
}

impl Machine<'_> {
    /// One instruction; the result at the last.
    fn step(&mut self) -> Result<Option<Value>, String> {
        match self.byte()? {
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'.' => return self.pop().map(Some),
            b'(' => self.marks.push(self.stack.len()),
            b'q' => {
                let place = self.byte()?.into();
                self.keep(place)?;
            }
            b'r' => {
                let place = self.number()?;
                self.keep(place)?;
            }
            0x94 => {
                let place = u32::try_from(self.kept.len()).map_err(|_many| damaged())?;
                self.keep(place)?;
            }
            b'h' => {
                let place = self.byte()?.into();
                self.recall(place)?;
            }
            b'j' => {
                let place = self.number()?;
                self.recall(place)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.insert(vec![key, value])?;
            }
            b'u' => {
                let entries = self.since_mark()?;
                self.insert(entries)?;
            }
            // What an object is built from besides, such as the versions of layers, is no tensor.
            b'b' => drop(self.pop()?),
            b'Q' => self.storage()?,
            b'R' => self.call()?,
            other => self.push_literal(other)?,
        }
        Ok(None)
    }

    fn push_literal(&mut self, instruction: u8) -> Result<(), String> {
        let value = match instruction {
            b'N' => Value::Nothing,
            0x88 | 0x89 => Value::Bool,
            b'}' => Value::Dict(Vec::new()),
            b')' => Value::Tuple(Vec::new()),
            b't' => Value::Tuple(self.since_mark()?),
            0x85..=0x87 => {
                let length = usize::from(instruction - 0x84);
                let start = self.stack.len().checked_sub(length).ok_or_else(damaged)?;
                Value::Tuple(self.stack.split_off(start))
            }
            b'K' => Value::Int(self.byte()?.into()),
            b'M' => Value::Int(u16::from_le_bytes(self.array()?).into()),
            b'J' => Value::Int(i32::from_le_bytes(self.array()?).into()),
            b'X' => {
                let length = self.number()?;
                self.text(length as usize)?
            }
            0x8c => {
                let length = self.byte()?;
                self.text(length.into())?
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                Value::Global(format!("{module}.{name}"))
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => {
                    Value::Global(format!("{module}.{name}"))
                }
                _ => return Err(damaged()),
            },
            _ => return Err(damaged()),
        };
        self.stack.push(value);
        Ok(())
    }

    /// A reference to numbers: `("storage", class, name, device, count)`.
    fn storage(&mut self) -> Result<(), String> {
        let Value::Tuple(parts) = self.pop()? else {
            return Err(damaged());
        };
        let [
            Value::Text(what),
            Value::Global(class),
            Value::Text(name),
            ..,
        ] = &*parts
        else {
            return Err(damaged());
        };
        let kind = match &**class {
            "torch.FloatStorage" => Kind::Float,
            "torch.HalfStorage" => Kind::Half,
            "torch.BFloat16Storage" => Kind::BFloat16,
            other => return Err(format!("stores numbers as `{other}`")),
        };
        if what != "storage" || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(damaged());
        }
        self.stack.push(Value::Storage(name.clone(), kind));
        Ok(())
    }

    fn call(&mut self) -> Result<(), String> {
        let (Value::Tuple(arguments), Value::Global(function)) = (self.pop()?, self.pop()?) else {
            return Err(damaged());
        };
        let made = match &*function {
            "collections.OrderedDict" => Value::Dict(Vec::new()),
            "torch._utils._rebuild_tensor_v2" => Value::Tensor(rebuilt(&arguments)?),
            "torch._utils._rebuild_parameter" => {
                arguments.into_iter().next().ok_or_else(damaged)?
            }
            other => {
                return Err(format!(
                    "wants to run the function `{other}`, which is not done"
                ));
            }
        };
        self.stack.push(made);
        Ok(())
    }

    fn insert(&mut self, entries: Vec<Value>) -> Result<(), String> {
        let Some(Value::Dict(dictionary)) = self.stack.last_mut() else {
            return Err(damaged());
        };
        let mut entries = entries.into_iter();
        while let (Some(key), Some(value)) = (entries.next(), entries.next()) {
            let Value::Text(key) = key else {
                return Err(damaged());
            };
            dictionary.push((key, value));
        }
        Ok(())
    }

    fn keep(&mut self, place: u32) -> Result<(), String> {
        let value = self.stack.last().ok_or_else(damaged)?.clone();
        self.kept.insert(place, value);
        if self.kept.len() > MOST_KEPT {
            return Err(damaged());
        }
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Result<(), String> {
        let value = self.kept.get(&place).ok_or_else(damaged)?.clone();
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(damaged)
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.marks.pop().ok_or_else(damaged)?;
        if mark > self.stack.len() {
            return Err(damaged());
        }
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, length: usize) -> Result<&[u8], String> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_length| damaged())
    }

    fn text(&mut self, length: usize) -> Result<Value, String> {
        let bytes = self.take(length)?.to_vec();
        let text = String::from_utf8(bytes).map_err(|_error| damaged())?;
        Ok(Value::Text(text))
    }

    fn line(&mut self) -> Result<String, String> {
        let end = self.bytes.iter().position(|byte| *byte == b'\n');
        let line = self.take(end.ok_or_else(damaged)?)?.to_vec();
        self.take(1)?;
        String::from_utf8(line).map_err(|_error| damaged())
    }
}

/// `_rebuild_tensor_v2(storage, offset, sizes, strides, …)`.
fn rebuilt(arguments: &[Value]) -> Result<StoredTensor, String> {
    let [
        Value::Storage(storage, kind),
        Value::Int(offset),
        Value::Tuple(sizes),
        Value::Tuple(strides),
        ..,
    ] = arguments
    else {
        return Err(damaged());
    };
    let numbers = |values: &[Value]| -> Option<Vec<usize>> {
        let number = |value: &Value| match value {
            Value::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        values.iter().map(number).collect()
    };
    let shape = numbers(sizes).ok_or_else(damaged)?;
    let mut expected = 1_usize;
    for (size, stride) in shape
        .iter()
        .zip(numbers(strides).ok_or_else(damaged)?)
        .rev()
    {
        if *size > 1 && stride != expected {
            return Err("holds a tensor whose rows do not follow one another".to_owned());
        }
        expected = expected.saturating_mul(*size);
    }
    Ok(StoredTensor {
        storage: storage.clone(),
        kind: *kind,
        offset: usize::try_from(*offset).map_err(|_negative| damaged())?,
        shape,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Opcodes with their operands, as `pickle` writes them, and bytes of any kind.
    fn operations() -> impl Strategy<Value = Vec<u8>> {
        let known: Vec<&[u8]> = vec![
            b"(",
            b")",
            b"}",
            b"]",
            b"t",
            b"u",
            b"s",
            b"a",
            b"e",
            b"R",
            b"Q",
            b"b",
            b"0",
            b"N",
            b"\x85",
            b"\x86",
            b"\x87",
            b"\x88",
            b"\x89",
            b"q\0",
            b"h\0",
            b"q\x01",
            b"h\x01",
            b"K\x02",
            b"M\xff\xff",
            b"J\xff\xff\xff\xff",
            b"\x8a\x01\x80",
            b"X\x01\0\0\0w",
            b"ccollections\nOrderedDict\n",
            b"ctorch._utils\n_rebuild_tensor_v2\n",
            b"ctorch\nFloatStorage\n",
            b"X\x07\0\0\0storage",
        ];
        let known = prop::sample::select(known).prop_map(<[u8]>::to_vec);
        let any = prop::collection::vec(any::<u8>(), 1..4);
        let operation = prop_oneof![9 => known, 1 => any];
        prop::collection::vec(operation, 0..40).prop_map(|operations| operations.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn fuzz_descriptions_of_any_kind_end(operations in operations()) {
            let _ = tensors(&[b"\x80\x02", &*operations, b"."].concat());
        }
    }

    #[test]
    fn nothing_is_run() {
        let evil = b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00echo\x85R.";
        let problem = tensors(evil).expect_err("it is refused");
        assert!(problem.contains("posix.system"), "{problem}");
    }

    #[test]
    fn endless_and_empty_descriptions_end() {
        assert!(tensors(b"").is_err());
        assert!(tensors(&[b'N'; 200_000]).is_err());
        assert!(
            tensors(b"N.")
                .expect_err("no dictionary")
                .contains("no dictionary")
        );
    }
}
