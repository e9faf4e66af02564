//! llama.cpp through the port, on real models: one trained on stories, one tiny Qwen3.
#![cfg(feature = "llama")]

mod llama {
    mod answers;
    mod loading;
    mod models;
    mod queueing;
    mod reading;
    mod yes_no;
}
