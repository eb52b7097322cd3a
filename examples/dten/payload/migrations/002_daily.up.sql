CREATE TABLE daily (day INTEGER PRIMARY KEY, sessions INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO daily SELECT started / 86400, count(*), sum(bytes) FROM session GROUP BY started / 86400;
