-- The same bytes under another name are another document. A name has one spelling, which no statement can make: the
-- program spells the names of these documents when it opens the database, and then the table is empty for ever.

DROP INDEX documents_by_bytes;

CREATE TABLE names_to_spell (
    document BLOB NOT NULL PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE
) STRICT;

INSERT INTO names_to_spell (document) SELECT id FROM documents WHERE deleted_at IS NULL;
