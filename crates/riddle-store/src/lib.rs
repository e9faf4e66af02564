//! SQL: knowledge bases, documents, chunks, outbox, jobs
