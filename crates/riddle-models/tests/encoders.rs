//! Encoders on the real ONNX Runtime, against what the reference implementations compute.

#[cfg(test)]
#[path = "encoders/bf16.rs"]
mod bf16;
#[cfg(test)]
#[path = "encoders/broken.rs"]
mod broken;
#[cfg(test)]
#[path = "encoders/colbert.rs"]
mod colbert;
#[cfg(test)]
#[path = "encoders/embedding.rs"]
mod embedding;
#[cfg(test)]
#[path = "encoders/exported.rs"]
mod exported;
#[cfg(test)]
#[path = "encoders/foreign.rs"]
mod foreign;
#[cfg(test)]
#[path = "encoders/fuzz.rs"]
mod fuzz;
#[cfg(test)]
#[path = "encoders/late_interaction.rs"]
mod late_interaction;
#[cfg(test)]
#[path = "encoders/layerwise.rs"]
mod layerwise;
#[cfg(test)]
#[path = "encoders/measured_engines.rs"]
mod measured_engines;
#[cfg(test)]
#[path = "encoders/order.rs"]
mod order;
#[cfg(test)]
#[path = "encoders/padding.rs"]
mod padding;
#[cfg(test)]
#[path = "encoders/peers.rs"]
mod peers;
#[cfg(test)]
#[path = "encoders/plain_bert.rs"]
mod plain_bert;
#[cfg(test)]
#[path = "encoders/reranking.rs"]
mod reranking;
#[cfg(test)]
#[path = "encoders/sentence.rs"]
mod sentence;
#[cfg(test)]
#[path = "encoders/setup.rs"]
mod setup;
#[cfg(test)]
#[path = "encoders/tiny.rs"]
mod tiny;
#[cfg(test)]
#[path = "encoders/tokens.rs"]
mod tokens;
#[cfg(test)]
#[path = "encoders/wide.rs"]
mod wide;
#[cfg(test)]
#[path = "encoders/without_library.rs"]
mod without_library;
