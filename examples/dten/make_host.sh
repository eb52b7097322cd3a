#!/usr/bin/env bash
# make_host.sh DIR: a scratch host of DTEN 4.8.3, always the same. DIR must not exist.
set -euo pipefail
host=$1
[ -e "$host" ] && { echo "make_host: $host exists" >&2; exit 2; }
umask 022
mkdir -p "$host"/{etc/dten,etc/cron.d,etc/systemd/system,opt/dten-4.8.3/bin,opt/dten-4.8.3/share}
mkdir -p "$host"/{var/lib/dten,var/cache/dten,run/dten,tmp,usr/lib/systemd/system}
mkdir -m 0700 "$host/var/lib/upgraph"
chmod 1777 "$host/tmp"

echo 4.8.3 > "$host/etc/dten/release"
cat > "$host/etc/dten/dten.ini" << 'END'
; DTEN edge gateway
; Changes need a restart of dten-gateway.

[server]
listen = 0.0.0.0:8443     ; the lab's port

[backoff]
# milliseconds
base=100

[tls]
ca_file  =  /etc/dten/chain.pem

[report]
mail = ops@example.com
END
chmod 0640 "$host/etc/dten/dten.ini"
echo '17 4 * * * root /opt/dten/bin/dtend --report' > "$host/etc/cron.d/dten-netd"

printf '#!/bin/sh\necho "dtend 4.8.3"\n' > "$host/opt/dten-4.8.3/bin/dtend"
chmod 0755 "$host/opt/dten-4.8.3/bin/dtend"
printf 'application/x-dten-%04d\n' $(seq 300) > "$host/opt/dten-4.8.3/share/types"
ln -s /opt/dten-4.8.3 "$host/opt/dten"

units=$host/etc/systemd/system
mkdir -p "$units"/{dten-netd.service.d,multi-user.target.wants,dten-gateway.service.requires}
printf '[Unit]\nDescription=DTEN network daemon\n\n[Service]\nExecStart=/opt/dten/bin/dtend --net\n\n[Install]\nWantedBy=multi-user.target\n' > "$units/dten-netd.service"
printf '# a limit that was found out the hard way\n[Service]\nLimitNOFILE=65536\n' > "$units/dten-netd.service.d/limits.conf"
printf '[Unit]\nDescription=DTEN gateway\nAfter=dten-netd.service network.target\nWants=dten-netd.service\n# not dten-netd.service.old\n\n[Service]\nExecStart=/opt/dten/bin/dtend\n' > "$units/dten-gateway.service"
ln -s ../dten-netd.service "$units/multi-user.target.wants/dten-netd.service"
ln -s ../dten-netd.service "$units/dten-gateway.service.requires/dten-netd.service"

echo "ready since Friday" > "$host/run/dten/health"

sqlite3 "$host/var/lib/dten/dten.db" << 'END'
CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL, seen INTEGER);
CREATE TABLE session (id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL REFERENCES device, started INTEGER NOT NULL, bytes INTEGER NOT NULL);
CREATE INDEX session_by_device ON session (device_id);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
  INSERT INTO device SELECT i, printf('edge-%03d', i), 1700000000 + i * 37 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
  INSERT INTO session SELECT i, 1 + i % 200, 1700000000 + i * 613, i * i % 99991 FROM n;
END
chmod 0660 "$host/var/lib/dten/dten.db"

# Metadata that a careless tool would lose. A file system without them is no reason to fail.
if [ "$(id -u)" = 0 ]; then
  chown 33:33 "$host/etc/dten/dten.ini" "$host/var/lib/dten" "$host/var/lib/dten/dten.db"
fi
setfattr -n user.owner -v network-team "$host/etc/dten/dten.ini" 2>/dev/null || echo "no user attributes here" >&2
setfacl -m u:65534:r "$host/etc/dten/dten.ini" 2>/dev/null || echo "no access lists here" >&2
find "$host" -exec touch -h -d '2026-03-04 05:06:07.123456789 UTC' {} +
touch -d '2026-05-01 12:00:00 UTC' "$host/etc/dten/dten.ini"
