UPDATE queue SET priority = 0 WHERE recipient LIKE 'list-%';
DROP TABLE route;
