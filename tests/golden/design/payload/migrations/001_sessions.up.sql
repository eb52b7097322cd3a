CREATE TABLE sessions_v2 (id bigint PRIMARY KEY);
