//! Turns encoders of safetensors into ONNX graphs, reads encoders out of graphs that other tools have exported, and
//! tensors that PyTorch has saved.

mod convert;
mod exported;
mod onnx;
mod torch_file;

pub use convert::{
    Architecture, BatchShape, Conversion, Converted, LayerGraphs, MiniCpmConfig, ModernConfig,
    convert, ensure_converted, ensure_layers,
};
pub use exported::ExportedEncoder;
pub use onnx::{Attribute, Dimension, Element, GraphBuilder};
pub use torch_file::{Kind, Tensor, read_torch_file};
