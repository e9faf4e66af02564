-- Only indexes are new; a document of this version.

INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, stage_times, chunk_count, embedded_chunks, live_generation, next_generation, created_at, updated_at)
VALUES (x'01a226bf84d7763ebe4b3488b982f09a', x'01a226bf84a771328ef0189db44226cc', 'security.md', 'text/plain', x'a9fd394ff2135b344b3e34f9e95ae9f3e2e909e4a4c83c12d383eed720c00b89', 52, '{}', 'ready', 1.0, '{"queued_ms":4,"parsing_ms":0,"embedding_ms":1,"indexing_ms":471}', 1, 1, 1, 2, 1795946446000, 1795946446300);
INSERT INTO chunks (id, document, generation, ordinal, text, heading_path, page, span_start, span_end, token_count, text_hash)
VALUES (x'6e6f0bc7c70156fc9f93933e25511f13', x'01a226bf84d7763ebe4b3488b982f09a', 1, 0, '# Security

Visitors sign the book at the entrance.', '["Security"]', NULL, 0, 51, 10, x'c95d34822bb016fa310848d8b0876db796b4c26d36390ef9c658915349f59c86');
