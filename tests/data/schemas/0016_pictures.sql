-- A document whose pictures have still to be read; of an earlier version of it the picture of a page was cut, and two
-- pictures of an animation were not read.

UPDATE jobs SET slow = 1 WHERE document = x'9a54060dd6c059488a1398ea73dd66d7';
UPDATE documents SET cut_pages = '2', unread_frames = 2 WHERE id = x'9a54060dd6c059488a1398ea73dd66d7';
