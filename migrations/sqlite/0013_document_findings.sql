-- The title that a document gives itself apart from its text, and how many characters of its text stand for bytes that
-- could not be decoded. Documents that were processed by an earlier version have neither until they are processed anew.
ALTER TABLE documents ADD COLUMN title TEXT;
ALTER TABLE documents ADD COLUMN unreadable_characters INTEGER NOT NULL DEFAULT 0;
