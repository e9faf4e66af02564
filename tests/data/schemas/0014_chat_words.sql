-- A chat whose words the server had folded.

INSERT INTO chats (id, title, titled, created_at, updated_at, folded_title)
  VALUES (x'019fa0c055d27d10b5a3b0c14f7a0e01', 'Café hours', 1, 1785083100001, 1785083100002, 'cafe hours');
INSERT INTO chat_messages (id, chat, place, role, status, text, created_at)
  VALUES (x'019fa0c055d27d10b5a3b0c14f7a0e02', x'019fa0c055d27d10b5a3b0c14f7a0e01', 0, 'user', 'complete', 'When does the Café open?', 1785083100001);
INSERT INTO chat_words (message, folded)
  VALUES (x'019fa0c055d27d10b5a3b0c14f7a0e02', 'when does the cafe open?');
