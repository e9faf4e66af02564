//! Turns encoders of safetensors into ONNX graphs, and reads tensors that PyTorch has saved.

mod convert;
mod onnx;
mod torch_file;

pub use convert::{
    Architecture, BatchShape, Conversion, Converted, LayerGraphs, MiniCpmConfig, ModernConfig,
    convert, ensure_converted, ensure_layers,
};
pub use onnx::{Attribute, Dimension, Element, GraphBuilder};
pub use torch_file::{Kind, Tensor, read_torch_file};
