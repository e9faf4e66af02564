-- A message with two attached files that could not be read.

UPDATE documents SET unread_attachments = 2 WHERE id = x'9a54060dd6c059488a1398ea73dd66d7';
