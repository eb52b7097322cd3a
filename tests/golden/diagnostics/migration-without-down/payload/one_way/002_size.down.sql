alter table box drop column size;
