-- A document two pages of which were read from pictures, and one was not.

UPDATE documents SET recognised_pages = '2-3', unread_pages = 1 WHERE id = x'9a54060dd6c059488a1398ea73dd66d7';
