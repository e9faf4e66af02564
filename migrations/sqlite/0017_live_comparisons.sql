-- Questions of chats that were searched once more in another way, to see what it would have changed. The question itself
-- is kept by the chat alone.

CREATE TABLE live_trials (
    id INTEGER NOT NULL PRIMARY KEY,
    -- A trial goes with its knowledge base.
    knowledge_base BLOB NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    -- Both ways to search; other ways are another trial.
    arms TEXT NOT NULL CHECK (json_valid(arms)),
    created_at INTEGER NOT NULL,
    UNIQUE (knowledge_base, arms)
) STRICT;

CREATE TABLE live_questions (
    -- The answer, with whose chat all of this goes.
    message BLOB NOT NULL PRIMARY KEY REFERENCES chat_messages (id) ON DELETE CASCADE,
    knowledge_base BLOB NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    asked_at INTEGER NOT NULL,
    -- Null like the rest while the question is in line.
    trial INTEGER REFERENCES live_trials (id) ON DELETE CASCADE,
    searched_at INTEGER,
    replaced INTEGER,
    first_changed INTEGER CHECK (first_changed IN (0, 1)),
    present_ms REAL,
    other_ms REAL,
    -- The first sources of both ways. Null again once the question is too old.
    sources TEXT CHECK (sources IS NULL OR json_valid(sources)),
    CHECK ((trial IS NULL) = (searched_at IS NULL))
) STRICT;

CREATE INDEX live_questions_waiting ON live_questions (asked_at, message) WHERE trial IS NULL;
CREATE INDEX live_questions_of_trial ON live_questions (trial, searched_at, message) WHERE trial IS NOT NULL;
CREATE INDEX live_questions_shown ON live_questions (asked_at DESC, message DESC) WHERE sources IS NOT NULL;
CREATE INDEX live_questions_of_knowledge_base ON live_questions (knowledge_base);

-- What a person says about a run, for those who look at its figures later.
ALTER TABLE evaluation_runs ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- The sentence that sums up its report, in English and Chinese, so that a list of runs need not read reports.
ALTER TABLE evaluation_runs ADD COLUMN headline TEXT CHECK (headline IS NULL OR json_valid(headline));

UPDATE evaluation_runs SET headline = json_extract(report, '$.headline') WHERE report IS NOT NULL;
