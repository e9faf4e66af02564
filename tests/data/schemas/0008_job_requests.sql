-- A job that names its request.

INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, created_at, updated_at)
VALUES (x'9a54060dd6c059488a1398ea73dd66d7', x'01a226bf84a771328ef0189db44226cc', 'phones.md', 'text/plain', x'bbf254213c05ff971442d9698b56713c1e8550170b4e3a09a4f80b7ad59ec16b', 41, '{}', 'queued', 0.0, 1795946476000, 1795946476300);
INSERT INTO jobs (document, queued_at, next_at, request_id)
VALUES (x'9a54060dd6c059488a1398ea73dd66d7', 1795946476000, 1795946476000, '01a226bf4c397566bb747d7d14afdbb3');
