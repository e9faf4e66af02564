-- The bytes of another document under a name of their own, in a folder.

INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, created_at, updated_at)
VALUES (x'5b0f2c9e8a6d4f1797c3e05d1a2b4c6e', x'01a226bf84a771328ef0189db44226cc', 'archive/printer.md', 'text/plain', x'3dc67e964a24499107209b0d2bb1954acc2e38364cf6d4f187636b0de4db4a46', 58, '{"kept":"twice"}', 'queued', 0.0, 1795946467000, 1795946467300);
INSERT INTO jobs (document, queued_at, next_at, attempts, crashes)
VALUES (x'5b0f2c9e8a6d4f1797c3e05d1a2b4c6e', 1795946467000, 1795946467000, 0, 0);

-- Killed after the migration and before the names got their spelling.
INSERT INTO names_to_spell (document) VALUES (x'5b0f2c9e8a6d4f1797c3e05d1a2b4c6e');
