-- A chat that was given a language model which is not there.

INSERT INTO chats (id, title, titled, created_at, updated_at, chat_model)
VALUES (x'3f0b7c51d2a84e0f9b6d1c2a7e5f4830', 'Leave', 1, 1795946437000, 1795946437500, 'absent-model');
INSERT INTO chat_knowledge_bases (chat, place, knowledge_base, name)
VALUES (x'3f0b7c51d2a84e0f9b6d1c2a7e5f4830', 0, x'01a226bf84a771328ef0189db44226cc', 'handbook');
