use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;

use crate::OnnxRuntime;

/// A graph of one input and one output, both of 32-bit numbers.
pub(super) struct Network {
    session: Session,
}

/// Numbers with the lengths of their dimensions.
pub(super) struct Numbers {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

impl Network {
    pub(super) fn open(
        runtime: &OnnxRuntime,
        bytes: &[u8],
        threads: usize,
    ) -> Result<Self, String> {
        let session = runtime.session_of(bytes, threads);
        let session = session.map_err(|error| OnnxRuntime::readable(&error))?;
        Ok(Self { session })
    }

    /// What the file says about itself under this name.
    pub(super) fn said(&self, name: &str) -> Option<String> {
        self.session.metadata().ok()?.custom(name)
    }

    /// The output for one picture: its planes one after the other, each row by row.
    pub(super) fn run(
        &mut self,
        height: usize,
        width: usize,
        planes: Vec<f32>,
    ) -> Result<Numbers, String> {
        let failed = |error: ort::Error| OnnxRuntime::readable(&error);
        let input = Tensor::from_array(([1_usize, 3, height, width], planes)).map_err(failed)?;
        let outputs = self
            .session
            .run([SessionInputValue::from(input)])
            .map_err(failed)?;
        let (_, first) = outputs.iter().next().ok_or("it has no output")?;
        let (shape, values) = first.try_extract_tensor::<f32>().map_err(failed)?;
        let length = |length: &i64| usize::try_from(*length).unwrap_or_default();
        Ok(Numbers {
            shape: shape.iter().map(length).collect(),
            values: values.to_vec(),
        })
    }
}
