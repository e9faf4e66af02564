-- Characters at the start of a chunk's text that its span does not count, as they are repeated from further above.
ALTER TABLE chunks ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;
-- Where other headings or another page begin within the chunk, as JSON; NULL where none does or none was kept.
ALTER TABLE chunks ADD COLUMN places TEXT;
