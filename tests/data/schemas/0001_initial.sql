-- What a server of schema 1 leaves that is killed while it works.

INSERT INTO knowledge_bases (id, name, description, settings, embedder_fingerprint, created_at)
VALUES (x'01a226bf84a771328ef0189db44226cc', 'handbook', 'What people of the company ask.', '{"embedder":"all-minilm-l6-v2","chunking":{"max_tokens":256,"overlap_tokens":32},"retrieval":{"top_k":20,"top_n":3,"mode":"hybrid","rerank":true,"reranker":null,"rerank_weight":null}}', 'all-minilm-l6-v2:native-2:586c8be3b2223b28', 1795946416000);
INSERT INTO knowledge_bases (id, name, description, settings, embedder_fingerprint, created_at)
VALUES (x'01a226bf84b67004a09fa60c4b9e1902', 'notes', '', '{"embedder":null,"chunking":{"max_tokens":256,"overlap_tokens":32},"retrieval":{"top_k":20,"top_n":3,"mode":"bm25","rerank":true,"reranker":null,"rerank_weight":null}}', NULL, 1795946416005);

-- Deleted, and waiting for the indexes to forget its document.
INSERT INTO knowledge_bases (id, name, description, settings, embedder_fingerprint, created_at, deleted_at)
VALUES (x'fb5e6d556564592abd7dddcc1f659e8f', 'drafts', '', '{"embedder":null,"chunking":{"max_tokens":256,"overlap_tokens":32},"retrieval":{"top_k":20,"top_n":3,"mode":"bm25","rerank":true,"reranker":null,"rerank_weight":null}}', NULL, 1795946416009, 1795946421000);
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, created_at, updated_at, deleted_at, deleted_sequence)
VALUES (x'd6bb64315191563bb8b86fa7896a3d27', x'fb5e6d556564592abd7dddcc1f659e8f', 'gone.md', 'text/plain', x'b39d7edaab407c860193a9bccea37b41cc6d7f35256f6a3566ace522a9f2cacc', 5, '{}', 'ready', 1795946416020, 1795946421000, 1795946421000, 10);

-- Searchable.
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, stage_times, chunk_count, embedded_chunks, live_generation, next_generation, created_at, updated_at)
VALUES (x'01a226bf84bb7128a391160516d85966', x'01a226bf84a771328ef0189db44226cc', 'travel.md', 'text/plain', x'e7ff11a8c3f6b30046868a8cb06bcf743089ff7a25a5d12078ac3acec9bafced', 65, '{"public":true,"tags":["travel","money"],"year":2024.0}', 'ready', 1.0, '{"queued_ms":3,"parsing_ms":0,"embedding_ms":2,"indexing_ms":431}', 1, 1, 1, 2, 1795946416030, 1795946416330);
INSERT INTO chunks (id, document, generation, ordinal, text, heading_path, page, span_start, span_end, token_count, text_hash)
VALUES (x'77d3be6e83585a7581f002100c66d7df', x'01a226bf84bb7128a391160516d85966', 1, 0, '# Travel

## Hotels

A night in a hotel is paid up to 120 euros.', '["Travel","Hotels"]', NULL, 0, 64, 17, x'2b516d81f4700ab71b2e29a098b56b7f66488546fe821b0786bfa050f3c30a69');
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, stage_times, chunk_count, embedded_chunks, live_generation, next_generation, created_at, updated_at)
VALUES (x'01a226bf84c1714db370ec79543057ba', x'01a226bf84a771328ef0189db44226cc', 'leave.md', 'text/plain', x'd6c35fe62c8bf1c97c60b48baace23584764d760f7b3592da57c8e0416e23481', 52, '{}', 'ready', 1.0, '{"queued_ms":10,"parsing_ms":0,"embedding_ms":4,"indexing_ms":484}', 1, 1, 1, 2, 1795946416040, 1795946416340);
INSERT INTO chunks (id, document, generation, ordinal, text, heading_path, page, span_start, span_end, token_count, text_hash)
VALUES (x'766216fbf30e5c46a5288cf4babb9010', x'01a226bf84c1714db370ec79543057ba', 1, 0, '# Leave

Everybody has thirty days of leave a year.', '["Leave"]', NULL, 0, 51, 11, x'b10ed90f8be2aa5c62ce9c769a46e2607488ef31bc170ba5f3552cf628ea875b');
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, stage_times, chunk_count, embedded_chunks, live_generation, next_generation, created_at, updated_at)
VALUES (x'01a226bf8705732b8ba814b4accea63d', x'01a226bf84b67004a09fa60c4b9e1902', '报销.md', 'text/plain', x'89c66dce7eb172ad8b17ce5c56db2684bcf0830e1a9c0e78b1ae4f8a66b48dec', 40, '{}', 'ready', 1.0, '{"queued_ms":2,"parsing_ms":0,"embedding_ms":1,"indexing_ms":296}', 1, 1, 1, 2, 1795946416050, 1795946416350);
INSERT INTO chunks (id, document, generation, ordinal, text, heading_path, page, span_start, span_end, token_count, text_hash)
VALUES (x'09de44c253fe5065bfad41c25c2340e5', x'01a226bf8705732b8ba814b4accea63d', 1, 0, '报销申请在三十天之内提交。', '[]', NULL, 0, 13, 13, x'294771f7d0000db51b1388b970bd65beef6c91d1d8c1e35a444e4fc3af29543f');
INSERT INTO embeddings (fingerprint, text_hash, vector)
VALUES ('all-minilm-l6-v2:native-2:586c8be3b2223b28', x'2b516d81f4700ab71b2e29a098b56b7f66488546fe821b0786bfa050f3c30a69', x'0acaee3dfb25833cd4b397bcdf379c3d75c03bbd99b68bbcd69fea3d416313bde3d7923dc84608bd2c493abc39b540bde7e09d3c3cbc773d456f153c6dd60cbd584b3c3dbda52ebd04e2c23d8cc29d3bc457833c33a8bdbce30b473b2182edba2cea083e219222bde56e1d3da7aa2dbdb0d2c6bc3b89a23b2b7992bd71060f3ea6dc6cbd7d3032bd967cd93df3b99c3a3b9d02bdfb8408bd954f1fbd2d1f793d31c6ca3c79107dba60fc343da9cc1abd2908e63a2090893d2b714abc1528ab3d73386ebdecc2cf3dd91f9f3d04e8bb3d45a6bfba19141bbd0ef33dbd814130bd7aab793924670ebd1db5313dbc818c3d69719d3c56610b3db43b6e3c1a4d0fbd0a2a69bd6f0698bc9224ebbd9142173d466c83bd3371123a3cd8bcbc955a01bdd8ac2f3c295737bd9c10143dc5f7abbc6233963b0d4976bd47f0bc3ac1a64e3c062392bc2a6cd4bd2bcda6bce14957bcfacd103d755f95bd7c7b5c3d683106bdca18e13c94d2713c2d5fa43ce3ef52bdbee29cbc950f98bcda69f23c3a5e1f3c50df55bc7e94a63d8b7dfbbc816052bc58e2bd3d1ac2073d2aa1b13dc07bdd3b65e481bdb549ca3c364c173e37764b3db646763d855629bda2c8eebdd13ba13cc82cf53c2aeb78bd66fe243d7d22fb3a31b0a43c4209e4bc2a46a53dea64f73cf7c2a63d97f1ad3c3a597bbdb667e83c2b4fa1bd107d13bd28650abc132599895dce053cb3af503d86b518bd4666523df94c203c88ebe33c90ed8bbdfed39d3ccd5f193b1fd4633b39f293bd5fa916bd153cd03b9d25e13c1b660e3d5ac2b63b6bfbb13dff89be3b15c7fc3c44f1f1bc6069243d1dc0b5bb804ea83dc10e4f3d87b88ebddd8e37395ef321bc6d943cbda5922d3d7019333c39d535bd0bc49cbc4801b83c56f12dbc659c1ebd5ceb903d06b1aa3dcf930a3d210536bd45cc83bd88f3c7bd075bbe3c291e9bbd061685bc7efb08bc32ead73d8266ebbbef6c973c5acfdd3c3ec66b3d7f2ed7bdd8ea78bc9c4c04bec7e564bb19759e3bdf068abbecd6863cc0e73a3d8af5623d9b7d4fbc260b29bb213b8ebcb61628bb0f2cd4bc702426bcb480d5bcd9b0273da8d2083de1ca8dbdcdbb8ebda26b2cbd5aec543dc476b83d1803a43c1ed5a1bd5acd6e3d503e033c2c623b3c382eac3d9df2d33d562a5dbd192d113cfbbb2c3d17392ebd1350ba3d3bb09d3c2d7c263dd32929bde942793c911bdfbce517263d8b393fbd2831a13c19bb67bd1cfd333c6dd97d0878a3023dd78881bcb6d29d3b7876cebbc9903bbc695cca39e4df3dbca9eb04bd93f6773c6474d43ceedecfbde3f140bb4222d7bc5773a43be4d2f13c619ad7bd312c463d4165debcea35bbbc22bebe3dec65a8bddcd0ef3c8d4c8abbdb205f3d159839bd0870783dae5c65bc87b9513bfdb363bd33a7c33c662206bd96f0643d9c4d12bd2666133d17e3b23b0630823d2d1e6e3df0fb1e3dbdc1d3bc50a1803d4e7c1d3da3d8bebd0e391bbd792abebc3f14c33d96ce98bc499e27bd942ffabda5eb913c782388bde0278e3d04b48bbd355dd8bdbaab35bd20ee97bd698b59bcec746cbdb2e3753c76289f3cad8ea8bcb604b13c93f2cb3c43c1f2bcb831ba3d9cc78fbd032f3cbdae32a2bdab7fcb3a1538883c8c87923b2d20763b212b9e3ae8252abd5fcfaa3db9e220bdd7d80b3cd6aab23d964a063c8d6c603d5e956cbd80f8573c7783babd50fa5bbb31e21cbd80cce7bb2617bdbdd9f90c3dfd931cbdbfd8d6bc2ee83dbd790697bd245c98bd328834bd143e2abda7a59dbc4efdccb295c682bdecea0bbc8ccd06bc1b40d03c7a044abdba11febdc40bcb3c70ea203d7e0290bcfcd28c3daeb288bcdceb0fbd575aa83d222054bdd732a4bd4c41903d1777edbc578c2d3d6c2e5d3dd2fa853c16de8d3cff5e263d03feafbd773e51bd33df763d2a6fd23ca3176cbd078df43d989faa3dab6676bd71ef653de6f89d3b7f8004bd095a75b983a80ebde34d05bce396343de55973bb3f0784ba05ac8cbc2348debdfb7604bdf118cfbd33c373bd7e67e6bcde7c863c08d6a6bbd6eb40bde96f13bd7261babc0ff74cbd15924a3d7904d43d70c5173b3151723cb8a5a1bc83651b3d2ea7e53ce16d40bb9a918dbbf2d2b8bb6695abbddf4e00bc09ae9cbd');

-- Staged: the indexes have not applied its rows.
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, stage_times, embedded_chunks, next_generation, staged_generation, staged_sequence, staged_at, created_at, updated_at)
VALUES (x'01a226bf84d176508d9ee5d71caec400', x'01a226bf84a771328ef0189db44226cc', 'parking.md', 'text/plain', x'1fa73f6669bc14704b7765172c951da3c6ecdd658ec73fd897403156b2d8739f', 62, '{}', 'indexing', 0.95, '{"queued_ms":3,"parsing_ms":12,"embedding_ms":9}', 1, 2, 1, 12, 1795946416600, 1795946416060, 1795946416360);
INSERT INTO chunks (id, document, generation, ordinal, text, heading_path, page, span_start, span_end, token_count, text_hash)
VALUES (x'10b4a64863705058938faf66cb478dd4', x'01a226bf84d176508d9ee5d71caec400', 1, 0, '# Parking

Bicycles stand in the yard, cars behind the house.', '["Parking"]', 1, 0, 61, 13, x'439ab0ebcaff1b879b88a91a77a21fc40cab0113f39bb9c87736684856c80149');

-- Waiting for another attempt.
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, created_at, updated_at)
VALUES (x'4be3e3eb19a551e4a056b28aaa66f489', x'01a226bf84a771328ef0189db44226cc', 'canteen.md', 'text/plain', x'0a2ed5572886757d6ed20fb78a514b29c127bb3b12e3ec611d485e7732a6a027', 48, '{}', 'queued', 0.0, 1795946416070, 1795946416370);
INSERT INTO jobs (document, queued_at, next_at, attempts, crashes)
VALUES (x'4be3e3eb19a551e4a056b28aaa66f489', 1795946416070, 1795946418070, 1, 0);

-- In work when the server was killed.
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, next_generation, created_at, updated_at)
VALUES (x'8eae5633ca3a530cbd3c1ae11e44f3ea', x'01a226bf84a771328ef0189db44226cc', 'badge.md', 'text/plain', x'743e757c3847791bb8e23973f1a3f7891cc9c3247ac87b9305f7c77c9ad2b81b', 57, '{}', 'parsing', 0.4, 2, 1795946416080, 1795946416380);
INSERT INTO jobs (document, queued_at, next_at, attempts, crashes, lease_owner, lease_until)
VALUES (x'8eae5633ca3a530cbd3c1ae11e44f3ea', 1795946416080, 1795946416080, 0, 1, '6c7f8208-16e1-5066-9989-7e9e1cafbf34', 1795946476000);

-- Given up.
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, progress, next_generation, failure_code, failure_message, created_at, updated_at)
VALUES (x'445bc786f6145575acd368510aac32eb', x'01a226bf84a771328ef0189db44226cc', 'broken.pdf', 'application/pdf', x'32c32641afe2b8a8c99455a2bbc6d5e30a2c7b540605362408cb0c105402ac96', 41, '{}', 'failed', 0.0, 2, 'malformed', 'the file is damaged; open it in its own program and save it anew', 1795946416090, 1795946416390);

-- Deleted, and still in the indexes.
INSERT INTO documents (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, created_at, updated_at, deleted_at, deleted_sequence)
VALUES (x'2fe6529c45f152eaa444b005bfaebf22', x'01a226bf84a771328ef0189db44226cc', 'old.md', 'text/plain', x'e88304b8cefe95062d689ab059fa9e7ffa9c6f355b7addf8ddc419bb48d4a569', 4, '{}', 'ready', 1795946416095, 1795946420000, 1795946420000, 11);

-- What the indexes have yet to apply.
UPDATE outbox_state SET trimmed = 9;
INSERT INTO outbox (sequence, operation, chunk)
VALUES (10, 'delete', x'7671bd7c03f1520a96dc8cc36ac6f861');
INSERT INTO outbox (sequence, operation, chunk)
VALUES (11, 'delete', x'b0b933f158365bd6b50e3a0b88fcd417');
INSERT INTO outbox (sequence, operation, chunk)
VALUES (12, 'upsert', x'10b4a64863705058938faf66cb478dd4');
