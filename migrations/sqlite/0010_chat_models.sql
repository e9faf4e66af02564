-- The language model that answers in a chat; NULL leaves it to its knowledge base or the server.
ALTER TABLE chats ADD COLUMN chat_model TEXT;
