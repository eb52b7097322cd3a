-- 2.1 does not know how often a message was tried.
ALTER TABLE queue DROP COLUMN attempts;
