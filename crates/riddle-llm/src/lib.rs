//! Chat models behind one port: llama.cpp and OpenAI-compatible servers
