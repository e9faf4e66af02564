-- Lists of documents by size and by status, page by page without sorting them all.

CREATE INDEX documents_by_size ON documents (knowledge_base, bytes DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_status ON documents (knowledge_base, status, id) WHERE deleted_at IS NULL;
