alter table box add column color text;
