-- What the steps of SQLite up to this number make (docs/adr/0019). A truth value is 0 or 1, as there. Texts are ordered
-- by their bytes, as there, so that pages of a list fit together whatever the language of the database is.

-- Functions of SQLite that statements use.
CREATE FUNCTION unhex(digits TEXT) RETURNS BYTEA LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT decode(digits, 'hex')
$$;

CREATE FUNCTION hex(bytes BYTEA) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT upper(encode(bytes, 'hex'))
$$;

CREATE FUNCTION instr(whole TEXT, part TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT strpos(whole, part)
$$;

CREATE FUNCTION json_quote(words TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT to_json(words)::TEXT
$$;

-- A text has no place for U+0000, which JSON writes as an escape. A backslash before that makes it mere letters.
CREATE FUNCTION json_without_nul(written TEXT) RETURNS JSON LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN strpos(written, '\u0000') = 0 THEN written
           ELSE regexp_replace(written, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g') END::JSON
$$;

-- A function of an index, which `convert_to` alone cannot be: the encoding is always this one.
CREATE FUNCTION text_hash_of(words TEXT) RETURNS BYTEA LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT sha256(convert_to(words, 'UTF8'))
$$;

-- For paths such as `$.a.b`.
CREATE FUNCTION json_extract(object TEXT, path TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT json_without_nul(object) #>> string_to_array(substr(path, 3), '.')
$$;

-- For lists.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (key BIGINT, value TEXT)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 64 AS $$
    SELECT entry.place - 1, entry.element
    FROM json_array_elements_text(json_without_nul(list)) WITH ORDINALITY AS entry (element, place)
$$;

CREATE TABLE knowledge_bases (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    embedder_fingerprint TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE TABLE documents (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    knowledge_base BYTEA NOT NULL REFERENCES knowledge_bases (id),
    name TEXT COLLATE "C" NOT NULL,
    media_type TEXT COLLATE "C",
    sha256 BYTEA NOT NULL CHECK (length(sha256) = 32),
    bytes BIGINT NOT NULL,
    metadata TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('queued', 'parsing', 'embedding', 'indexing', 'ready', 'failed')),
    progress REAL NOT NULL DEFAULT 0,
    failure_code TEXT COLLATE "C",
    failure_message TEXT COLLATE "C",
    stage_times TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    chunk_count BIGINT NOT NULL DEFAULT 0,
    embedded_chunks BIGINT NOT NULL DEFAULT 0,
    -- What searches see.
    live_generation BIGINT,
    -- What waits for the indexes: its last outbox row, and when it was staged.
    staged_generation BIGINT,
    staged_sequence BIGINT,
    staged_at BIGINT,
    -- Never given twice, so that chunk ids never come again.
    next_generation BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- A deleted document stays until the indexes have applied its last outbox row.
    deleted_at BIGINT,
    deleted_sequence BIGINT,
    title TEXT COLLATE "C",
    unreadable_characters BIGINT NOT NULL DEFAULT 0,
    recognised_pages TEXT COLLATE "C" NOT NULL DEFAULT '',
    unread_pages BIGINT NOT NULL DEFAULT 0,
    cut_pages TEXT COLLATE "C" NOT NULL DEFAULT '',
    unread_frames BIGINT NOT NULL DEFAULT 0,
    unread_attachments BIGINT NOT NULL DEFAULT 0,
    own_metadata TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    unread_metadata BIGINT NOT NULL DEFAULT 0,
    CHECK ((failure_code IS NULL) = (failure_message IS NULL)),
    CHECK ((staged_generation IS NULL) = (staged_sequence IS NULL)),
    CHECK ((deleted_at IS NULL) = (deleted_sequence IS NULL))
);

CREATE TABLE jobs (
    document BYTEA NOT NULL PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    queued_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    crashes BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT COLLATE "C",
    lease_until BIGINT,
    suspect BIGINT NOT NULL DEFAULT 0 CHECK (suspect IN (0, 1)),
    request_id TEXT COLLATE "C",
    slow BIGINT NOT NULL DEFAULT 0 CHECK (slow IN (0, 1)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
);

CREATE TABLE chunks (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    document BYTEA NOT NULL REFERENCES documents (id),
    generation BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    heading_path TEXT COLLATE "C" NOT NULL,
    page BIGINT,
    span_start BIGINT NOT NULL,
    span_end BIGINT NOT NULL,
    token_count BIGINT NOT NULL,
    text_hash BYTEA NOT NULL CHECK (length(text_hash) = 32),
    enabled BIGINT NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    edited BIGINT NOT NULL DEFAULT 0 CHECK (edited IN (0, 1)),
    revision BIGINT NOT NULL DEFAULT 1,
    changed_sequence BIGINT,
    carried BIGINT NOT NULL DEFAULT 0,
    places TEXT COLLATE "C",
    UNIQUE (document, generation, ordinal)
);

CREATE TABLE outbox (
    sequence BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    operation TEXT COLLATE "C" NOT NULL CHECK (operation IN ('upsert', 'delete')),
    chunk BYTEA NOT NULL CHECK (length(chunk) = 16)
);

CREATE TABLE outbox_state (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    trimmed BIGINT NOT NULL
);

INSERT INTO outbox_state (only_row, trimmed) VALUES (1, 0);

-- The last sequence that was given, which SQLite keeps under this name by itself: other than a sequence of PostgreSQL it
-- is taken back with its transaction, so that no index waits for a row that never comes.
CREATE TABLE sqlite_sequence (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL
);

INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', 0);

CREATE FUNCTION keep_last_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sqlite_sequence SET seq = coalesce((SELECT max(sequence) FROM added), seq) WHERE name = 'outbox';
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_last AFTER INSERT ON outbox REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION keep_last_sequence();

CREATE TABLE embeddings (
    fingerprint TEXT COLLATE "C" NOT NULL,
    text_hash BYTEA NOT NULL CHECK (length(text_hash) = 32),
    vector BYTEA NOT NULL,
    PRIMARY KEY (fingerprint, text_hash)
);

CREATE TABLE replaced_blobs (
    sha256 BYTEA NOT NULL PRIMARY KEY CHECK (length(sha256) = 32)
);

CREATE TABLE loose_texts (
    text_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(text_hash) = 32),
    -- 1: embedded for a document in work, whose chunks may still come. 0: its chunk was removed.
    in_work BIGINT NOT NULL CHECK (in_work IN (0, 1))
);

CREATE TABLE chats (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    title TEXT COLLATE "C" NOT NULL,
    -- Whether a person gave the title; otherwise the first question does.
    titled BIGINT NOT NULL CHECK (titled IN (0, 1)),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    chat_model TEXT COLLATE "C",
    folded_title TEXT COLLATE "C"
);

CREATE TABLE chat_knowledge_bases (
    chat BYTEA NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    knowledge_base BYTEA NOT NULL CHECK (length(knowledge_base) = 16),
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (chat, place)
);

CREATE TABLE chat_messages (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    chat BYTEA NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('user', 'assistant')),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('writing', 'complete', 'stopped', 'failed')),
    text TEXT COLLATE "C" NOT NULL,
    -- The stand-alone question that was searched, if it is another than the text.
    rewritten TEXT COLLATE "C",
    answer TEXT COLLATE "C",
    failure_code TEXT COLLATE "C",
    failure_message TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    UNIQUE (chat, place),
    CHECK ((failure_code IS NULL) = (failure_message IS NULL))
);

CREATE TABLE feedback (
    message BYTEA NOT NULL PRIMARY KEY REFERENCES chat_messages (id) ON DELETE CASCADE,
    verdict TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('up', 'down')),
    comment TEXT COLLATE "C",
    at BIGINT NOT NULL
);

CREATE TABLE chunk_revisions (
    chunk BYTEA NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    token_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (chunk, revision)
);

CREATE TABLE comparisons (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- A comparison goes with its knowledge base.
    knowledge_base BYTEA NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    question TEXT COLLATE "C" NOT NULL,
    arm_order TEXT COLLATE "C" NOT NULL CHECK (arm_order IN ('one_after_other', 'parallel')),
    total_ratio DOUBLE PRECISION NOT NULL,
    -- Null where an arm wrote nothing.
    first_token_ratio DOUBLE PRECISION,
    -- Null until a person has said.
    preference TEXT COLLATE "C" CHECK (preference IN ('with_rerank', 'without_rerank', 'same')),
    comparison TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE evaluation_sets (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    description TEXT COLLATE "C" NOT NULL,
    -- A set goes with its knowledge base.
    knowledge_base BYTEA NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    -- How often runs have shown figures of the test half.
    test_looks BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE evaluation_questions (
    evaluation_set BYTEA NOT NULL REFERENCES evaluation_sets (id) ON DELETE CASCADE,
    -- From 0, in the order in which they were added.
    place BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    half TEXT COLLATE "C" NOT NULL CHECK (half IN ('dev', 'test')),
    review TEXT COLLATE "C" NOT NULL CHECK (review IN ('unreviewed', 'confirmed', 'rejected')),
    question TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (evaluation_set, place),
    UNIQUE (evaluation_set, id)
);

CREATE TABLE evaluation_runs (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT COLLATE "C" NOT NULL,
    -- Of which set; the run stays when the set goes.
    evaluation_set BYTEA NOT NULL,
    -- A run goes with its knowledge base.
    knowledge_base BYTEA NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'finished', 'cancelled', 'failed')),
    problem TEXT COLLATE "C",
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    manifest TEXT COLLATE "C" NOT NULL,
    -- Null until the run has ended well.
    report TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    note TEXT COLLATE "C" NOT NULL DEFAULT '',
    headline TEXT COLLATE "C",
    summary TEXT COLLATE "C"
);

CREATE TABLE evaluation_outcomes (
    run BYTEA NOT NULL REFERENCES evaluation_runs (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    question TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C",
    PRIMARY KEY (run, place)
);

CREATE TABLE names_to_spell (
    document BYTEA NOT NULL PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE
);

CREATE TABLE chat_words (
    message BYTEA NOT NULL PRIMARY KEY REFERENCES chat_messages (id) ON DELETE CASCADE,
    folded TEXT COLLATE "C" NOT NULL
);

CREATE TABLE live_trials (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    -- A trial goes with its knowledge base.
    knowledge_base BYTEA NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    -- Both ways to search; other ways are another trial.
    arms TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE live_questions (
    -- The answer, with whose chat all of this goes.
    message BYTEA NOT NULL PRIMARY KEY REFERENCES chat_messages (id) ON DELETE CASCADE,
    knowledge_base BYTEA NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    asked_at BIGINT NOT NULL,
    -- Null like the rest while the question is in line.
    trial BIGINT REFERENCES live_trials (id) ON DELETE CASCADE,
    searched_at BIGINT,
    replaced BIGINT,
    first_changed BIGINT CHECK (first_changed IN (0, 1)),
    present_ms DOUBLE PRECISION,
    other_ms DOUBLE PRECISION,
    -- The first sources of both ways. Null again once the question is too old.
    sources TEXT COLLATE "C",
    CHECK ((trial IS NULL) = (searched_at IS NULL))
);

CREATE TABLE evaluation_applied (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    -- It goes with its knowledge base, and with its run.
    knowledge_base BYTEA NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    run BYTEA NOT NULL REFERENCES evaluation_runs (id) ON DELETE CASCADE,
    arm TEXT COLLATE "C" NOT NULL,
    settings_before TEXT COLLATE "C" NOT NULL,
    -- There is no way back once others are in their place.
    settings_after TEXT COLLATE "C" NOT NULL,
    applied_at BIGINT NOT NULL
);

CREATE TABLE evaluation_looks (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- A look goes with its set, and stays when its run goes.
    evaluation_set BYTEA NOT NULL REFERENCES evaluation_sets (id) ON DELETE CASCADE,
    run BYTEA NOT NULL,
    -- As the run was called then.
    run_name TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL CHECK (reason IN ('finished', 'recounted')),
    looked_at BIGINT NOT NULL
);

-- Chunks that were indexed by their words alone because the server of their embedder did not answer. They are queued once
-- more when it answers again.
CREATE TABLE unembedded_chunks (
    chunk BYTEA NOT NULL PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX knowledge_bases_by_name ON knowledge_bases (name) WHERE deleted_at IS NULL;
-- Names may be longer than what an index holds, so one index has them told apart and another has them found.
CREATE UNIQUE INDEX documents_once ON documents (knowledge_base, text_hash_of(name)) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_name ON documents USING hash (name) WHERE deleted_at IS NULL;
CREATE INDEX documents_newest ON documents (knowledge_base, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX documents_staged ON documents (staged_sequence) WHERE staged_sequence IS NOT NULL;
CREATE INDEX documents_deleted ON documents (deleted_sequence) WHERE deleted_sequence IS NOT NULL;
CREATE INDEX documents_by_blob ON documents (sha256);
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_owner IS NOT NULL;
CREATE INDEX chunks_by_text ON chunks (text_hash);
CREATE INDEX documents_counts ON documents (knowledge_base, status, chunk_count) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_knowledge_base ON documents (knowledge_base);
CREATE INDEX loose_texts_removed ON loose_texts (text_hash) WHERE in_work = 0;
CREATE INDEX embeddings_by_text ON embeddings (text_hash);
CREATE INDEX chats_newest ON chats (updated_at DESC, id DESC);
CREATE INDEX chat_messages_writing ON chat_messages (id) WHERE status = 'writing';
CREATE INDEX feedback_newest ON feedback (at DESC, message DESC);
CREATE INDEX documents_by_size ON documents (knowledge_base, bytes DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_status ON documents (knowledge_base, status, id) WHERE deleted_at IS NULL;
CREATE INDEX comparisons_newest ON comparisons (created_at DESC, id DESC);
CREATE INDEX comparisons_by_knowledge_base ON comparisons (knowledge_base);
CREATE INDEX evaluation_sets_by_knowledge_base ON evaluation_sets (knowledge_base);
CREATE INDEX evaluation_runs_newest ON evaluation_runs (created_at DESC, id DESC);
CREATE INDEX evaluation_runs_by_knowledge_base ON evaluation_runs (knowledge_base);
CREATE INDEX evaluation_runs_open ON evaluation_runs (created_at, id) WHERE status IN ('queued', 'running');
CREATE INDEX evaluation_outcomes_pending ON evaluation_outcomes (run, place) WHERE outcome IS NULL;
CREATE INDEX jobs_waiting ON jobs (slow, next_at, queued_at) WHERE lease_owner IS NULL;
CREATE INDEX jobs_suspect ON jobs (slow, crashes, next_at) WHERE suspect = 1 AND lease_owner IS NULL;
-- Arms may be longer than what an index holds.
CREATE UNIQUE INDEX live_trials_by_arms ON live_trials (knowledge_base, text_hash_of(arms));
CREATE INDEX live_questions_waiting ON live_questions (asked_at, message) WHERE trial IS NULL;
CREATE INDEX live_questions_of_trial ON live_questions (trial, searched_at, message) WHERE trial IS NOT NULL;
CREATE INDEX live_questions_shown ON live_questions (asked_at DESC, message DESC) WHERE sources IS NOT NULL;
CREATE INDEX live_questions_of_knowledge_base ON live_questions (knowledge_base);
CREATE INDEX evaluation_applied_of_knowledge_base ON evaluation_applied (knowledge_base, id);
CREATE INDEX evaluation_applied_of_run ON evaluation_applied (run, id);
CREATE INDEX evaluation_looks_of_set ON evaluation_looks (evaluation_set, looked_at DESC, id DESC);
CREATE INDEX evaluation_runs_of_set ON evaluation_runs (evaluation_set, created_at DESC, id DESC);
