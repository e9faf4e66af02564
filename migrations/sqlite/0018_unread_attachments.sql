-- Files attached to a message whose text could not be read. Documents that were processed by an earlier version have
-- none: it did not look.
ALTER TABLE documents ADD COLUMN unread_attachments INTEGER NOT NULL DEFAULT 0;
