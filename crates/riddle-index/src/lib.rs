//! tantivy and qdrant-edge behind one interface
