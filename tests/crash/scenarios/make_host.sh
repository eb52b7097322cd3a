#!/usr/bin/env bash
# make_host.sh DIR: the host of every kill scenario, always the same. DIR must not exist.
set -euo pipefail
host=$1
[ -e "$host" ] && { echo "make_host: $host exists" >&2; exit 2; }
umask 022
mkdir -p "$host"/{etc/box,etc/cron.d,etc/ssl,etc/flags.d,etc/systemd/system,opt/box-1/bin,bin,run/box}
mkdir -p "$host"/{var/lib/box,var/cache/box,srv/a,srv/b,tmp}
mkdir -m 0700 "$host/var/lib/upgraph"

echo 1.0.0 > "$host/etc/box/release"
printf '; the box\n[server]\nlisten = 0.0.0.0:80  ; kept\n\n[tls]\nca_file=/etc/ssl/ca\n[report]\nmail = a@b\n' > "$host/etc/box/box.ini"
printf '127.0.0.1 localhost\n' > "$host/etc/hosts"
echo old > "$host/etc/ssl/chain.pem"
echo on > "$host/etc/flags.d/old-search"
echo '5 4 * * * root /bin/true' > "$host/etc/cron.d/box"
echo one > "$host/opt/box-1/bin/boxd"
ln -s /opt/box-1 "$host/opt/box"
ln -s a "$host/srv/link"
for folder in a b; do
  echo "$folder" > "$host/srv/$folder/index"
  mkdir "$host/srv/$folder/deep"
  echo deeper > "$host/srv/$folder/deep/leaf"
done
echo ready > "$host/run/box/health"
printf 'token\n' > "$host/etc/box/token"
chmod 0600 "$host/etc/box/token"

units=$host/etc/systemd/system
mkdir -p "$units"/{box-net.service.d,multi-user.target.wants}
printf '[Service]\nExecStart=/opt/box/bin/boxd\n' > "$units/box-net.service"
printf '[Service]\nLimitNOFILE=64\n' > "$units/box-net.service.d/limits.conf"
printf '[Unit]\nAfter=box-net.service\n' > "$units/box.service"
ln -s ../box-net.service "$units/multi-user.target.wants/box-net.service"

# set FILE TEXT, clear FILE, probe FILE TEXT: a command that makes a file in two writes. over FILE
# TEXT OLD: whether it was written over an old one; jam: what never works.
cat > "$host/bin/mark" << 'END'
#!/bin/sh
case $1 in
set) printf ha > "$ROOT$2" && printf '%s' "lf $3" >> "$ROOT$2" ;;
use) printf '%s' "$(cat "$4") $3" > "$ROOT$2" ;;
clear) rm -f "$ROOT$2" ;;
probe) [ -e "$ROOT$2" ] || exit 1; [ "$(cat "$ROOT$2")" = "half $3" ] || exit 2 ;;
over) case $(cat "$ROOT$2") in "half $3") ;; "half $4") exit 1 ;; *) exit 2 ;; esac ;;
jam) echo jammed; exit 1 ;;
count) echo 3 ;;
esac
END
chmod 0755 "$host/bin/mark"

sqlite3 "$host/var/lib/box/box.db" << 'END'
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
  INSERT INTO item SELECT i, printf('item-%03d', i) FROM n;
END
find "$host" -exec touch -h -d '2026-03-04 05:06:07.123456789 UTC' {} +
