-- Pages of a document whose text was recognised in pictures, such as `1-3, 7`, and how many of such pages were not read.
-- Documents that were processed by an earlier version have neither: their pictures were not read.
ALTER TABLE documents ADD COLUMN recognised_pages TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN unread_pages INTEGER NOT NULL DEFAULT 0;
