-- The few figures of its report that lists and histories show, so that these need not read reports.
ALTER TABLE evaluation_runs ADD COLUMN summary TEXT CHECK (summary IS NULL OR json_valid(summary));

UPDATE evaluation_runs SET summary = json_object(
    'main', coalesce(json_extract(report, '$.main'), 0),
    'baseline', coalesce(json_extract(report, '$.baseline'), 0),
    'tuned', json_extract(report, '$.tuned.fusion'),
    'lost', coalesce(json_array_length(report, '$.lost'), 0),
    'arms', json((SELECT json_group_array(json_object(
        'name', json_extract(arm.value, '$.name'),
        'ndcg_10', json((SELECT json_extract(measure.value, '$.headline')
            FROM json_each(arm.value, '$.measures') AS measure
            WHERE json_extract(measure.value, '$.measure') = 'nDCG@10'))))
        FROM json_each(report, '$.arms') AS arm))
) WHERE json_type(report, '$.arms') = 'array';

-- The last run of a set says what it has lost.
CREATE INDEX evaluation_runs_of_set ON evaluation_runs (evaluation_set, created_at DESC, id DESC)
    WHERE summary IS NOT NULL;

-- Settings that knowledge bases took over from runs, with the way back.
CREATE TABLE evaluation_applied (
    id INTEGER NOT NULL PRIMARY KEY,
    -- It goes with its knowledge base, and with its run.
    knowledge_base BLOB NOT NULL REFERENCES knowledge_bases (id) ON DELETE CASCADE,
    run BLOB NOT NULL REFERENCES evaluation_runs (id) ON DELETE CASCADE,
    arm TEXT NOT NULL,
    settings_before TEXT NOT NULL CHECK (json_valid(settings_before)),
    -- There is no way back once others are in their place.
    settings_after TEXT NOT NULL CHECK (json_valid(settings_after)),
    applied_at INTEGER NOT NULL
) STRICT;

CREATE INDEX evaluation_applied_of_knowledge_base ON evaluation_applied (knowledge_base, id);
CREATE INDEX evaluation_applied_of_run ON evaluation_applied (run, id);
