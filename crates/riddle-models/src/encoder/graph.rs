use std::borrow::Cow;

use half::f16;
use half::slice::HalfFloatSliceExt;
use ort::session::{OutputSelector, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};

/// A session over a graph whose inputs are known, and one of whose outputs is wanted.
pub(super) struct Graph {
    session: Session,
    pub(super) with_mask: bool,
    with_types: bool,
    output: String,
    floats: Floats,
}

/// How a graph gives its numbers.
#[derive(Clone, Copy)]
enum Floats {
    Single,
    /// As other tools export models in 16 bits. Those that are converted here give 32 at any precision.
    Half,
}

/// A batch of sequences, each number of which is row by row.
pub(super) struct Input<'a> {
    /// Rows and tokens of a row.
    pub(super) shape: [usize; 2],
    pub(super) ids: &'a [i64],
    pub(super) types: &'a [i64],
    /// 1 for tokens, 0 for padding.
    pub(super) mask: &'a [i64],
}

impl Graph {
    /// What is wrong with the graph, if it does not fit.
    pub(super) fn new(session: Session, outputs: &[&str]) -> Result<Self, String> {
        let (mut with_mask, mut with_types) = (false, false);
        for input in session.inputs() {
            match input.name() {
                "input_ids" => {}
                "attention_mask" => with_mask = true,
                "token_type_ids" => with_types = true,
                other => return Err(format!("wants an input `{other}`, which is not supported")),
            }
            if !is_tensor_of(input.dtype(), TensorElementType::Int64) {
                return Err(format!("wants `{}` not as 64-bit integers", input.name()));
            }
        }
        let output = outputs.iter().find_map(|wanted| {
            session
                .outputs()
                .iter()
                .find(|output| output.name() == *wanted)
        });
        let Some(output) = output else {
            return Err(format!("has none of the outputs {}", outputs.join(", ")));
        };
        let Some(floats) = Floats::of(output.dtype()) else {
            let name = output.name();
            return Err(format!("gives `{name}` not as floats of 32 or 16 bits"));
        };
        let output = output.name().to_owned();
        Ok(Self {
            session,
            with_mask,
            with_types,
            output,
            floats,
        })
    }

    /// Name of the output in use.
    pub(super) fn output(&self) -> &str {
        &self.output
    }

    /// Runs the batch. `map` gets the output, all its sizes and its values.
    pub(super) fn run<T>(
        &mut self,
        input: &Input<'_>,
        map: impl FnOnce(&[i64], &[f32]) -> T,
    ) -> ort::Result<T> {
        let shape = input.shape;
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(3);
        let ids = TensorRef::from_array_view((shape, input.ids))?;
        inputs.push(("input_ids".into(), ids.into()));
        if self.with_types {
            let types = TensorRef::from_array_view((shape, input.types))?;
            inputs.push(("token_type_ids".into(), types.into()));
        }
        if self.with_mask {
            let mask = TensorRef::from_array_view((shape, input.mask))?;
            inputs.push(("attention_mask".into(), mask.into()));
        }
        // Nothing else is computed, nor copied from the memory of a GPU.
        let wanted = OutputSelector::no_default().with(&self.output);
        let options = RunOptions::new()?.with_outputs(wanted);
        let outputs = self.session.run_with_options(inputs, &options)?;
        let Some(value) = outputs.get(&self.output) else {
            return Err(ort::Error::new("the graph did not give its output"));
        };
        self.floats.read(value, map)
    }
}

impl Floats {
    fn of(value: &ValueType) -> Option<Self> {
        match value.tensor_type()? {
            TensorElementType::Float32 => Some(Self::Single),
            TensorElementType::Float16 => Some(Self::Half),
            _ => None,
        }
    }

    fn read<T>(self, value: &DynValue, map: impl FnOnce(&[i64], &[f32]) -> T) -> ort::Result<T> {
        match self {
            Self::Single => {
                let (shape, values) = value.try_extract_tensor::<f32>()?;
                Ok(map(shape, values))
            }
            Self::Half => {
                let (shape, values) = value.try_extract_tensor::<f16>()?;
                Ok(map(shape, &values.to_f32_vec()))
            }
        }
    }
}

fn is_tensor_of(value: &ValueType, element: TensorElementType) -> bool {
    value.tensor_type() == Some(element)
}
