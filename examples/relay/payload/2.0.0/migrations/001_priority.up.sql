-- Mail gets a priority; what lies in the queue is ordinary.
ALTER TABLE queue ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
CREATE INDEX queue_by_priority ON queue (priority);
