#!/usr/bin/env bash
# make_host.sh DIR: a scratch host of handmade 1.0.0, always the same. DIR must not exist.
set -euo pipefail
host=$1
[ -e "$host" ] && { echo "make_host: $host exists" >&2; exit 2; }
umask 022
mkdir -p "$host"/{srv/handmade/data/letters,tmp}
mkdir -p -m 0755 "$host/var/lib"
mkdir -m 0700 "$host/var/lib/upgraph"
chmod 1777 "$host/tmp"

echo 1.0.0 > "$host/srv/handmade/release"
echo plain > "$host/srv/handmade/mode"
for letter in a b c; do
  printf '%s is for %s\n' "$letter" "$letter$letter" > "$host/srv/handmade/data/letters/$letter"
done
ln -s letters/a "$host/srv/handmade/data/first"
find "$host" -exec touch -h -d 2024-01-01T00:00:00Z {} +
