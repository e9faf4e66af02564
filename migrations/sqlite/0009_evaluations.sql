-- Sets of questions with what is relevant to them, and runs that measure ways to search with them. Questions, outcomes,
-- manifests and reports are JSON of the domain's own fields; the other columns are what is looked for.

CREATE TABLE evaluation_sets (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    -- A set goes with its knowledge base.
    knowledge_base BLOB NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    -- How often runs have shown figures of the test half.
    test_looks INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX evaluation_sets_by_knowledge_base ON evaluation_sets (knowledge_base);

CREATE TABLE evaluation_questions (
    evaluation_set BLOB NOT NULL REFERENCES evaluation_sets (id) ON DELETE CASCADE,
    -- From 0, in the order in which they were added.
    place INTEGER NOT NULL,
    id TEXT NOT NULL,
    half TEXT NOT NULL CHECK (half IN ('dev', 'test')),
    review TEXT NOT NULL CHECK (review IN ('unreviewed', 'confirmed', 'rejected')),
    question TEXT NOT NULL CHECK (json_valid(question)),
    PRIMARY KEY (evaluation_set, place),
    UNIQUE (evaluation_set, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluation_runs (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    -- Of which set; the run stays when the set goes.
    evaluation_set BLOB NOT NULL,
    -- A run goes with its knowledge base.
    knowledge_base BLOB NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'finished', 'cancelled', 'failed')),
    problem TEXT,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    manifest TEXT NOT NULL CHECK (json_valid(manifest)),
    -- Null until the run has ended well.
    report TEXT CHECK (report IS NULL OR json_valid(report)),
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE INDEX evaluation_runs_newest ON evaluation_runs (created_at DESC, id DESC);
CREATE INDEX evaluation_runs_by_knowledge_base ON evaluation_runs (knowledge_base);
CREATE INDEX evaluation_runs_open ON evaluation_runs (created_at, id) WHERE status IN ('queued', 'running');

-- The questions of a run as they were when it was made, each with its outcome once there is one.
CREATE TABLE evaluation_outcomes (
    run BLOB NOT NULL REFERENCES evaluation_runs (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    question TEXT NOT NULL CHECK (json_valid(question)),
    outcome TEXT CHECK (outcome IS NULL OR json_valid(outcome)),
    PRIMARY KEY (run, place)
) STRICT;

CREATE INDEX evaluation_outcomes_pending ON evaluation_outcomes (run, place) WHERE outcome IS NULL;
