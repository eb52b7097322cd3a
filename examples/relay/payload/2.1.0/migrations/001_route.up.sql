-- Routes get a table of their own, and mail that is bulk leaves last.
CREATE TABLE route (domain TEXT PRIMARY KEY, via TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO route SELECT DISTINCT substr(recipient, instr(recipient, '@') + 1), 'mx' FROM queue;
UPDATE queue SET priority = -1 WHERE recipient LIKE 'list-%';
