-- What a document says about itself, as in the front matter of Markdown, apart from the metadata that was given, which is
-- believed before it; and how many of its fields are not kept. Documents that were processed by an earlier version have
-- none until they are processed anew.
ALTER TABLE documents ADD COLUMN own_metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(own_metadata));
ALTER TABLE documents ADD COLUMN unread_metadata INTEGER NOT NULL DEFAULT 0;
