alter table box add column size integer;
