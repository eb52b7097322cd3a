ALTER TABLE item ADD COLUMN kind TEXT;
UPDATE item SET kind = 'x' WHERE id % 2 = 0;
