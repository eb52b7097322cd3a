-- One state in place of two flags. The program goes on writing the flags as well, for those who read them.
ALTER TABLE shop_order ADD COLUMN state text;
UPDATE shop_order SET state = CASE WHEN sent THEN 'sent' WHEN paid THEN 'paid' ELSE 'open' END;
ALTER TABLE shop_order
  ALTER COLUMN state SET NOT NULL,
  ADD CONSTRAINT shop_order_state CHECK (state IN ('open', 'paid', 'sent'));
