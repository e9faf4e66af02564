-- What people asked and were answered. An answer is kept whole, as JSON with a version, so that it stays as it was when
-- the documents behind it change or go.

CREATE TABLE chats (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    title TEXT NOT NULL,
    -- Whether a person gave the title; otherwise the first question does.
    titled INTEGER NOT NULL CHECK (titled IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX chats_newest ON chats (updated_at DESC, id DESC);

-- Without a foreign key on the knowledge base: a chat outlives it, and still says what it was called.
CREATE TABLE chat_knowledge_bases (
    chat BLOB NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    knowledge_base BLOB NOT NULL CHECK (length(knowledge_base) = 16),
    name TEXT NOT NULL,
    PRIMARY KEY (chat, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE chat_messages (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    chat BLOB NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    status TEXT NOT NULL CHECK (status IN ('writing', 'complete', 'stopped', 'failed')),
    text TEXT NOT NULL,
    -- The stand-alone question that was searched, if it is another than the text.
    rewritten TEXT,
    answer TEXT CHECK (answer IS NULL OR json_valid(answer)),
    failure_code TEXT,
    failure_message TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (chat, place),
    CHECK ((failure_code IS NULL) = (failure_message IS NULL))
) STRICT;

CREATE INDEX chat_messages_writing ON chat_messages (id) WHERE status = 'writing';

CREATE TABLE feedback (
    message BLOB NOT NULL PRIMARY KEY REFERENCES chat_messages (id) ON DELETE CASCADE,
    verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
    comment TEXT,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX feedback_newest ON feedback (at DESC, message DESC);
