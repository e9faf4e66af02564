-- A document that was in hand when the server was killed.

INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, created_at, updated_at)
VALUES (x'674b81b7591250a896be4474a984af46', x'01a226bf84a771328ef0189db44226cc', 'printer.md', 'text/plain', x'3dc67e964a24499107209b0d2bb1954acc2e38364cf6d4f187636b0de4db4a46', 58, '{}', 'queued', 0.0, 1795946466000, 1795946466300);
INSERT INTO jobs (document, queued_at, next_at, attempts, crashes, suspect)
VALUES (x'674b81b7591250a896be4474a984af46', 1795946466000, 1795946466000, 0, 1, 1);

-- Settings of this version.
UPDATE knowledge_bases SET settings = '{"embedder":"all-minilm-l6-v2","chunking":{"max_tokens":256,"overlap_tokens":32},"retrieval":{"top_k":20,"top_n":3,"mode":"hybrid","rerank":true,"reranker":null,"rerank_weight":null,"rerank_skip_lead":0.9,"long_passages":"max_slice","cutoff_layer":null,"rerank_deadline_ms":1500}}'
WHERE id = x'01a226bf84a771328ef0189db44226cc';
