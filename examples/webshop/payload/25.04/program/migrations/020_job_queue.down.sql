DROP INDEX job_waiting;
ALTER TABLE job DROP COLUMN queue;
