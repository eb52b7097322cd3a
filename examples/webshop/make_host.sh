#!/usr/bin/env bash
# make_host.sh DIR: a scratch host of webshop 24.04, always the same, with its database on the
# PostgreSQL server that PGHOST names. DIR must not exist, and neither may database and role webshop.
#
#   ./cluster.sh start /tmp/shop-server
#   PGHOST=/tmp/shop-server ./make_host.sh /tmp/shop
#   upgraph apply webshop.upg --root /tmp/shop
#   ./cluster.sh stop /tmp/shop-server
set -euo pipefail
host=$1
server=${PGHOST:?names no server: the folder of its socket}
[ -e "$host" ] && { echo "make_host: $host exists" >&2; exit 2; }
umask 022
mkdir -p "$host"/{etc/cron.d,etc/webshop,opt/webshop-24.04/{bin,www},run/webshop,srv/www,tmp}
mkdir -p "$host"/{var/lib/webshop,var/backups/webshop,etc/systemd/system/multi-user.target.wants}
mkdir -m 0700 "$host/var/lib/upgraph"
chmod 0700 "$host/var/backups/webshop"
chmod 1777 "$host/tmp"

echo 24.04 > "$host/etc/webshop/release"
cat > "$host/etc/webshop/webshop.ini" << 'END'
[web]
listen = 127.0.0.1:8000   ; behind the web server

[mail]
smtp = mail.example.com

[worker]
count = 1
END
cat > "$host/etc/webshop/pg_service.conf" << END
[webshop]
host=$server
dbname=webshop
user=webshop
END
chmod 0640 "$host"/etc/webshop/{webshop.ini,pg_service.conf}
echo '0 5 * * * webshop /opt/webshop/bin/webshop report' > "$host/etc/cron.d/webshop-reports"
echo 'All is well.' > "$host/srv/www/status.md"

cp -p "$(dirname "$0")/payload/24.10/program/bin/webshop" "$host/opt/webshop-24.04/bin/webshop"
echo 'webshop 24.04' > "$host/opt/webshop-24.04/www/health"
ln -s /opt/webshop-24.04 "$host/opt/webshop"

for part in web worker; do
  cat > "$host/etc/systemd/system/webshop-$part.service" << END
[Unit]
Description=Web shop, $part
After=network.target

[Service]
ExecStart=/opt/webshop/bin/webshop $part
DynamicUser=yes

[Install]
WantedBy=multi-user.target
END
  ln -s "/etc/systemd/system/webshop-$part.service" \
    "$host/etc/systemd/system/multi-user.target.wants/webshop-$part.service"
done

psql -Xq -v ON_ERROR_STOP=1 -h "$server" -U postgres -d postgres \
  -c 'CREATE ROLE webshop LOGIN' -c 'CREATE DATABASE webshop OWNER webshop'
psql -Xq -v ON_ERROR_STOP=1 -h "$server" -U webshop -d webshop << 'END'
CREATE TABLE migration (name text PRIMARY KEY, done timestamptz NOT NULL DEFAULT now());
CREATE TABLE customer (id integer PRIMARY KEY, mail text NOT NULL);
CREATE TABLE shop_order (
  id bigint PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, cents integer NOT NULL,
  paid boolean NOT NULL, sent boolean NOT NULL
);
CREATE TABLE job (id bigint PRIMARY KEY, kind text NOT NULL, order_id bigint, done boolean NOT NULL);
INSERT INTO customer SELECT i, 'user-' || i || '@example.com' FROM generate_series(1, 100) i;
INSERT INTO shop_order
  SELECT i, 1 + i % 100, i * 37 % 9999, i % 5 > 0, i % 5 > 1 FROM generate_series(1, 2000) i;
INSERT INTO job
  SELECT i, (ARRAY['mail', 'invoice', 'index'])[1 + i % 3], i, i <= 2950 FROM generate_series(1, 3000) i;
END
find "$host" -exec touch -h -d 2024-05-02T00:00:00Z {} +
