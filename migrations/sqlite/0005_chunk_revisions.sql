-- Chunks that people edit, disable and restore. The chunk's row holds what is true now.

ALTER TABLE chunks ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1));
-- Whether the text is another than the document's.
ALTER TABLE chunks ADD COLUMN edited INTEGER NOT NULL DEFAULT 0 CHECK (edited IN (0, 1));
ALTER TABLE chunks ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
-- Outbox row of the last change. Until the indexes have applied it they hold the chunk as it was.
ALTER TABLE chunks ADD COLUMN changed_sequence INTEGER;

-- A chunk that nobody has changed has none; its first change writes the original as revision 1 too.
CREATE TABLE chunk_revisions (
    chunk BLOB NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    text TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    token_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (chunk, revision)
) STRICT;
