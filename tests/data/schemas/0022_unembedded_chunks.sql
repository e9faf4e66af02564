-- A chunk that waits for its vector.

INSERT INTO unembedded_chunks (chunk) VALUES (x'77d3be6e83585a7581f002100c66d7df');
