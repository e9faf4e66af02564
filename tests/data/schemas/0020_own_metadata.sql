-- A document whose front matter says when it was written, which was given too, and by whom.

UPDATE documents SET own_metadata = '{"author":"Ada","year":2019.0}', unread_metadata = 1 WHERE id = x'01a226bf84bb7128a391160516d85966';
