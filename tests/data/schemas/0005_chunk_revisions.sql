-- One chunk is edited, another one disabled; the indexes have not applied it.

UPDATE chunks SET text = 'Everybody has thirty-one days of leave a year.', text_hash = x'33600009b53be831ff53d4604bc7e49c6efa8556d697e218f236c7a9f3740454', edited = 1, revision = 2, changed_sequence = 13
WHERE id = x'766216fbf30e5c46a5288cf4babb9010';
UPDATE chunks SET enabled = 0, revision = 2, changed_sequence = 14 WHERE id = x'5315580ca4885fb8982e65f110de0887';
INSERT INTO chunk_revisions (chunk, revision, text, enabled, token_count, created_at)
VALUES (x'766216fbf30e5c46a5288cf4babb9010', 1, '# Leave

Everybody has thirty days of leave a year.', 1, 11, 1795946456001);
INSERT INTO chunk_revisions (chunk, revision, text, enabled, token_count, created_at)
VALUES (x'766216fbf30e5c46a5288cf4babb9010', 2, 'Everybody has thirty-one days of leave a year.', 1, 11, 1795946456002);
INSERT INTO chunk_revisions (chunk, revision, text, enabled, token_count, created_at)
VALUES (x'5315580ca4885fb8982e65f110de0887', 1, '# Trains

Tickets for trains are booked in second class.', 1, 11, 1795946456001);
INSERT INTO chunk_revisions (chunk, revision, text, enabled, token_count, created_at)
VALUES (x'5315580ca4885fb8982e65f110de0887', 2, '# Trains

Tickets for trains are booked in second class.', 0, 11, 1795946456002);
INSERT INTO outbox (sequence, operation, chunk)
VALUES (13, 'upsert', x'766216fbf30e5c46a5288cf4babb9010');
INSERT INTO outbox (sequence, operation, chunk)
VALUES (14, 'delete', x'5315580ca4885fb8982e65f110de0887');
