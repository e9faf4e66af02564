use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};

/// Name under which the analyser is registered with tantivy.
pub(super) const TOKENIZER: &str = "riddle";
/// Fast fields with the halves of the chunk id.
pub(super) const CHUNK_HIGH: &str = "chunk_high";
pub(super) const CHUNK_LOW: &str = "chunk_low";
/// Fast field with the knowledge base.
pub(super) const KNOWLEDGE_BASE: &str = "knowledge_base";

/// The fields of the index. Nothing is stored: texts live in the relational store.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// Chunk id as bytes, to delete by.
    pub(super) chunk: Field,
    /// Chunk id as two integers, to read quickly for a hit.
    pub(super) chunk_high: Field,
    pub(super) chunk_low: Field,
    pub(super) knowledge_base: Field,
    pub(super) document: Field,
    pub(super) text: Field,
    /// Terms of `metadata_terms`.
    pub(super) metadata: Field,
}

pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let raw = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let words = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let identifier = TextOptions::default().set_indexing_options(raw);
    let fields = Fields {
        chunk: builder.add_bytes_field("chunk", BytesOptions::default().set_indexed()),
        chunk_high: builder.add_u64_field(CHUNK_HIGH, NumericOptions::default().set_fast()),
        chunk_low: builder.add_u64_field(CHUNK_LOW, NumericOptions::default().set_fast()),
        knowledge_base: builder.add_text_field(KNOWLEDGE_BASE, identifier.clone().set_fast("raw")),
        document: builder.add_text_field("document", identifier.clone()),
        text: builder.add_text_field("text", TextOptions::default().set_indexing_options(words)),
        metadata: builder.add_text_field("metadata", identifier),
    };
    (builder.build(), fields)
}
