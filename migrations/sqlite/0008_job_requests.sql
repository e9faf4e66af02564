-- The id of the request that queued the job, which the log names beside the work on it. A job of an earlier version has
-- none.
ALTER TABLE jobs ADD COLUMN request_id TEXT;
