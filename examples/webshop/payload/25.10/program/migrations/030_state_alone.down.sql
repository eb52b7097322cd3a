-- Orders that came in meanwhile get the flags that their state stands for.
UPDATE shop_order SET paid = state IN ('paid', 'sent'), sent = state = 'sent'
  WHERE (paid, sent) IS DISTINCT FROM (state IN ('paid', 'sent'), state = 'sent');
ALTER TABLE shop_order
  ALTER COLUMN paid DROP DEFAULT,
  ALTER COLUMN sent DROP DEFAULT;
