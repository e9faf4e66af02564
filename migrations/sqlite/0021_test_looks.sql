-- Which reports have shown figures of the test half of a set, and when.

CREATE TABLE evaluation_looks (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- A look goes with its set, and stays when its run goes.
    evaluation_set BLOB NOT NULL REFERENCES evaluation_sets (id) ON DELETE CASCADE,
    run BLOB NOT NULL,
    -- As the run was called then.
    run_name TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('finished', 'recounted')),
    looked_at INTEGER NOT NULL
) STRICT;

CREATE INDEX evaluation_looks_of_set ON evaluation_looks (evaluation_set, looked_at DESC, id DESC);

-- Of the looks before, those are known whose runs are still there. Sets count the others too.
INSERT INTO evaluation_looks (id, evaluation_set, run, run_name, reason, looked_at)
SELECT r.id, s.id, r.id, r.name, 'finished', r.finished_at
FROM evaluation_runs r JOIN evaluation_sets s ON s.id = r.evaluation_set
WHERE r.status = 'finished' AND r.finished_at IS NOT NULL AND json_extract(r.manifest, '$.questions') = 'all';

-- Runs are listed by their set, those without figures too.
DROP INDEX evaluation_runs_of_set;
CREATE INDEX evaluation_runs_of_set ON evaluation_runs (evaluation_set, created_at DESC, id DESC);
