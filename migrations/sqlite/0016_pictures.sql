-- Documents whose pictures have to be read take long: their jobs are slow ones, and the others do not wait for them.
ALTER TABLE jobs ADD COLUMN slow INTEGER NOT NULL DEFAULT 0 CHECK (slow IN (0, 1));
DROP INDEX jobs_waiting;
CREATE INDEX jobs_waiting ON jobs (slow, next_at, queued_at) WHERE lease_owner IS NULL;
DROP INDEX jobs_suspect;
CREATE INDEX jobs_suspect ON jobs (slow, crashes, next_at) WHERE suspect = 1 AND lease_owner IS NULL;

-- Pages whose picture ends before it is whole, such as `1-3, 7`, and pictures of animations that were not read.
-- Documents that were processed by an earlier version have neither: it did not look.
ALTER TABLE documents ADD COLUMN cut_pages TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN unread_frames INTEGER NOT NULL DEFAULT 0;
