#!/usr/bin/env bash
# make_host.sh DIR: a scratch host of relay 1.4.2, always the same. DIR must not exist.
set -euo pipefail
host=$1
[ -e "$host" ] && { echo "make_host: $host exists" >&2; exit 2; }
umask 022
mkdir -p "$host"/{etc/relay,opt/relay-1.4.2,var/lib/relay,var/spool/relay,tmp}
mkdir -m 0700 "$host/var/lib/upgraph"
chmod 1777 "$host/tmp"

echo 1.4.2 > "$host/etc/relay/release"
cat > "$host/etc/relay/relay.ini" << 'END'
; mail relay of the head office
[server]
listen = 192.0.2.25:25
ident = on

[queue]
path = /var/spool/relay      ; on the fast disk

[retry]
wait = 600
END
chmod 0640 "$host/etc/relay/relay.ini"

printf '#!/bin/sh\necho "relayd 1.4.2"\n' > "$host/opt/relay-1.4.2/relayd"
chmod 0755 "$host/opt/relay-1.4.2/relayd"
ln -s /opt/relay-1.4.2 "$host/opt/relay"

sqlite3 "$host/var/lib/relay/relay.db" << 'END'
CREATE TABLE queue (id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, received INTEGER NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
INSERT INTO queue SELECT i, iif(i % 7, 'user', 'list') || '-' || i || '@example.' || iif(i % 3, 'com', 'org'),
  1700000000 + i FROM n;
END
find "$host" -exec touch -h -d 2024-01-01T00:00:00Z {} +
