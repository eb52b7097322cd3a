alter table box drop column color;
