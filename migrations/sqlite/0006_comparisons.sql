-- Questions that were answered with rerank and without. Both answers are kept whole, as JSON with a version, so that
-- they stay as they were when the documents behind them change; the other columns are what a list shows.

CREATE TABLE comparisons (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- A comparison goes with its knowledge base.
    knowledge_base BLOB NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    arm_order TEXT NOT NULL CHECK (arm_order IN ('one_after_other', 'parallel')),
    total_ratio REAL NOT NULL,
    -- Null where an arm wrote nothing.
    first_token_ratio REAL,
    -- Null until a person has said.
    preference TEXT CHECK (preference IN ('with_rerank', 'without_rerank', 'same')),
    comparison TEXT NOT NULL CHECK (json_valid(comparison)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX comparisons_newest ON comparisons (created_at DESC, id DESC);
CREATE INDEX comparisons_by_knowledge_base ON comparisons (knowledge_base);
