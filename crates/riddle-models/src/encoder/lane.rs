use std::borrow::Cow;

use ort::session::{Session, SessionInputValue};
use ort::value::{TensorElementType, TensorRef, ValueType};

use super::{EncodedText, Output};

/// A session and its buffers, used by one thread at a time.
pub(super) struct Lane {
    session: Session,
    with_mask: bool,
    with_types: bool,
    output: String,
    ones: Vec<i64>,
}

impl Lane {
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
        if !is_tensor_of(output.dtype(), TensorElementType::Float32) {
            return Err(format!("gives `{}` not as 32-bit floats", output.name()));
        }
        let output = output.name().to_owned();
        Ok(Self {
            session,
            with_mask,
            with_types,
            output,
            ones: Vec::new(),
        })
    }

    pub(super) fn output(&self) -> &str {
        &self.output
    }

    pub(super) fn run<T>(
        &mut self,
        text: &EncodedText,
        map: impl FnOnce(Output<'_>) -> T,
    ) -> ort::Result<T> {
        let shape = [1, text.ids.len()];
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(3);
        let ids = TensorRef::from_array_view((shape, &*text.ids))?;
        inputs.push(("input_ids".into(), ids.into()));
        if self.with_types {
            let types = TensorRef::from_array_view((shape, &*text.types))?;
            inputs.push(("token_type_ids".into(), types.into()));
        }
        if self.with_mask {
            self.ones.resize(text.ids.len().max(self.ones.len()), 1);
            let mask = TensorRef::from_array_view((shape, &self.ones[..text.ids.len()]))?;
            inputs.push(("attention_mask".into(), mask.into()));
        }
        let outputs = self.session.run(inputs)?;
        let Some(value) = outputs.get(&self.output) else {
            return Err(ort::Error::new("the graph did not give its output"));
        };
        let (shape, values) = value.try_extract_tensor::<f32>()?;
        Ok(map(Output {
            shape: shape.get(1..).unwrap_or_default(),
            values,
        }))
    }
}

fn is_tensor_of(value: &ValueType, element: TensorElementType) -> bool {
    value.tensor_type() == Some(element)
}
