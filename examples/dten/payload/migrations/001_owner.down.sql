DROP INDEX session_by_owner;
ALTER TABLE session DROP COLUMN owner;
