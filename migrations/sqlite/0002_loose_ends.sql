-- Counts by status, without reading the documents themselves.
CREATE INDEX documents_counts ON documents (knowledge_base, status, chunk_count) WHERE deleted_at IS NULL;

-- The documents that a deleted knowledge base still waits for.
CREATE INDEX documents_by_knowledge_base ON documents (knowledge_base);

-- Hashes of bytes that others have replaced. Their blobs go with the next purge.
CREATE TABLE replaced_blobs (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32)
) STRICT, WITHOUT ROWID;

-- Texts that may have vectors but no chunk; at rest there are none. Without it every chunk and every vector would have
-- to be compared to find the vectors of deleted texts.
CREATE TABLE loose_texts (
    text_hash BLOB NOT NULL PRIMARY KEY CHECK (length(text_hash) = 32),
    -- 1: embedded for a document in work, whose chunks may still come. 0: its chunk was removed.
    in_work INTEGER NOT NULL CHECK (in_work IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX loose_texts_removed ON loose_texts (text_hash) WHERE in_work = 0;
CREATE INDEX embeddings_by_text ON embeddings (text_hash);

INSERT INTO loose_texts (text_hash, in_work)
SELECT DISTINCT text_hash, 0 FROM embeddings e
WHERE NOT EXISTS (SELECT 1 FROM chunks c WHERE c.text_hash = e.text_hash);
