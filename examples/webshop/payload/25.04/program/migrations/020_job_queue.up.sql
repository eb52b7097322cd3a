ALTER TABLE job ADD COLUMN queue text NOT NULL DEFAULT 'mail';
UPDATE job SET queue = 'invoices' WHERE kind = 'invoice';
UPDATE job SET queue = 'search' WHERE kind = 'index';
CREATE INDEX job_waiting ON job (queue, id) WHERE NOT done;
