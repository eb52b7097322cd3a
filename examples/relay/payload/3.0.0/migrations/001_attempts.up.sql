-- A message remembers how often it was tried.
ALTER TABLE queue ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
