DROP TABLE sessions_v2;
