-- A document of this version, the bytes that others have replaced, and texts of documents in work and removed.

INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, stage_times, chunk_count, embedded_chunks, live_generation, next_generation, created_at, updated_at)
VALUES (x'01a226bf84c975c689e327b65205f4b3', x'01a226bf84a771328ef0189db44226cc', 'trains.md', 'text/plain', x'e65f7211a9fc475695fc0d1f3adfd587ccb59777a20ac88dad8083bf1d5b4697', 57, '{"year":2025.0}', 'ready', 1.0, '{"queued_ms":5,"parsing_ms":0,"embedding_ms":3,"indexing_ms":481}', 1, 1, 1, 2, 1795946426000, 1795946426300);
INSERT INTO chunks (id, document, generation, ordinal, text, heading_path, page, span_start, span_end, token_count, text_hash)
VALUES (x'5315580ca4885fb8982e65f110de0887', x'01a226bf84c975c689e327b65205f4b3', 1, 0, '# Trains

Tickets for trains are booked in second class.', '["Trains"]', NULL, 0, 56, 11, x'77c0d91a642e01cd95ceb69a41a806cf4bdd5188e143ce97600fbd52a23ad629');
INSERT INTO replaced_blobs (sha256)
VALUES (x'c66d56bba0c1a5821cf031714dc624a35067daa8228365ff48b7eaac38666b4f');
INSERT INTO loose_texts (text_hash, in_work)
VALUES (x'46fa7e3a31d4452be6346656250875ca30748bdfd70644de13312482b99af595', 1);
INSERT INTO loose_texts (text_hash, in_work)
VALUES (x'e88304b8cefe95062d689ab059fa9e7ffa9c6f355b7addf8ddc419bb48d4a569', 0);
