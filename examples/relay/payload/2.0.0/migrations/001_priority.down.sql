DROP INDEX queue_by_priority;
ALTER TABLE queue DROP COLUMN priority;
