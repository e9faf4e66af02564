-- Jobs of documents that the server was working on when it ended without a word; they are tried one by one.
ALTER TABLE jobs ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0 CHECK (suspect IN (0, 1));

CREATE INDEX jobs_suspect ON jobs (crashes, next_at) WHERE suspect = 1 AND lease_owner IS NULL;
