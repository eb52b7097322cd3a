-- Every session gets an owner; those of today belong to the device that opened them.
ALTER TABLE session ADD COLUMN owner TEXT NOT NULL DEFAULT '';
UPDATE session SET owner = (SELECT name FROM device WHERE device.id = session.device_id);
CREATE INDEX session_by_owner ON session (owner);
