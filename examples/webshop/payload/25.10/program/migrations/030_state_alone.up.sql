-- The program writes the state alone. The flags stay until nobody wants to go back any more.
ALTER TABLE shop_order
  ALTER COLUMN paid SET DEFAULT false,
  ALTER COLUMN sent SET DEFAULT false;
