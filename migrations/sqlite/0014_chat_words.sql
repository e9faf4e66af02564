-- The title and the messages of a chat as they are searched: folded by the program, so that a word is found however it
-- is written. The program folds what earlier versions have written when it opens the database.
ALTER TABLE chats ADD COLUMN folded_title TEXT;

CREATE TABLE chat_words (
    message BLOB NOT NULL PRIMARY KEY REFERENCES chat_messages (id) ON DELETE CASCADE,
    folded TEXT NOT NULL
) STRICT, WITHOUT ROWID;
