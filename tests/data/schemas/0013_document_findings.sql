-- A document with a title of its own, in which something could not be decoded.

UPDATE documents SET title = 'Telephones', unreadable_characters = 2 WHERE id = x'9a54060dd6c059488a1398ea73dd66d7';
