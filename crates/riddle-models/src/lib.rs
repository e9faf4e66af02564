//! Encoders on ONNX Runtime and the model files behind them
