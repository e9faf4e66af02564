-- Chunks that were indexed by their words alone because the server of their embedder did not answer. They are queued once
-- more when it answers again.
CREATE TABLE unembedded_chunks (
    chunk BLOB NOT NULL PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
