-- Ids are UUIDs in 16 bytes, hashes are SHA-256 in 32 bytes, times are milliseconds since the Unix epoch.

CREATE TABLE knowledge_bases (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    embedder_fingerprint TEXT,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE UNIQUE INDEX knowledge_bases_by_name ON knowledge_bases (name) WHERE deleted_at IS NULL;

CREATE TABLE documents (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    knowledge_base BLOB NOT NULL REFERENCES knowledge_bases (id),
    name TEXT NOT NULL,
    media_type TEXT,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    bytes INTEGER NOT NULL,
    metadata TEXT NOT NULL CHECK (json_valid(metadata)),
    status TEXT NOT NULL CHECK (status IN ('queued', 'parsing', 'embedding', 'indexing', 'ready', 'failed')),
    progress REAL NOT NULL DEFAULT 0,
    failure_code TEXT,
    failure_message TEXT,
    stage_times TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(stage_times)),
    chunk_count INTEGER NOT NULL DEFAULT 0,
    embedded_chunks INTEGER NOT NULL DEFAULT 0,
    -- What searches see.
    live_generation INTEGER,
    -- What waits for the indexes: its last outbox row, and when it was staged.
    staged_generation INTEGER,
    staged_sequence INTEGER,
    staged_at INTEGER,
    -- Never given twice, so that chunk ids never come again.
    next_generation INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- A deleted document stays until the indexes have applied its last outbox row.
    deleted_at INTEGER,
    deleted_sequence INTEGER,
    CHECK ((failure_code IS NULL) = (failure_message IS NULL)),
    CHECK ((staged_generation IS NULL) = (staged_sequence IS NULL)),
    CHECK ((deleted_at IS NULL) = (deleted_sequence IS NULL))
) STRICT;

CREATE UNIQUE INDEX documents_by_name ON documents (knowledge_base, name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX documents_by_bytes ON documents (knowledge_base, sha256) WHERE deleted_at IS NULL;
CREATE INDEX documents_newest ON documents (knowledge_base, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX documents_staged ON documents (staged_sequence) WHERE staged_sequence IS NOT NULL;
CREATE INDEX documents_deleted ON documents (deleted_sequence) WHERE deleted_sequence IS NOT NULL;
CREATE INDEX documents_by_blob ON documents (sha256);

CREATE TABLE jobs (
    document BLOB NOT NULL PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    queued_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER,
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) STRICT;

CREATE INDEX jobs_waiting ON jobs (next_at, queued_at) WHERE lease_owner IS NULL;
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_owner IS NOT NULL;

CREATE TABLE chunks (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    document BLOB NOT NULL REFERENCES documents (id),
    generation INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    text TEXT NOT NULL,
    heading_path TEXT NOT NULL CHECK (json_valid(heading_path)),
    page INTEGER,
    span_start INTEGER NOT NULL,
    span_end INTEGER NOT NULL,
    token_count INTEGER NOT NULL,
    text_hash BLOB NOT NULL CHECK (length(text_hash) = 32),
    UNIQUE (document, generation, ordinal)
) STRICT;

CREATE INDEX chunks_by_text ON chunks (text_hash);

-- What the indexes have yet to apply. AUTOINCREMENT: a sequence never comes again, even after all rows are trimmed.
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL CHECK (operation IN ('upsert', 'delete')),
    chunk BLOB NOT NULL CHECK (length(chunk) = 16)
) STRICT;

CREATE TABLE outbox_state (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    trimmed INTEGER NOT NULL
) STRICT;

INSERT INTO outbox_state (only_row, trimmed) VALUES (1, 0);

CREATE TABLE embeddings (
    fingerprint TEXT NOT NULL,
    text_hash BLOB NOT NULL CHECK (length(text_hash) = 32),
    vector BLOB NOT NULL,
    PRIMARY KEY (fingerprint, text_hash)
) STRICT;
