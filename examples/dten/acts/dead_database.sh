#!/usr/bin/env bash
# Act 9 of the demo: a database server dies in the middle of a migration. The host is that of the
# example webshop, with a PostgreSQL server of the demo's own.
source "$(dirname "$(realpath "$0")")/common.sh"
shop=$(realpath "$example/../webshop")
server=$PWD/server
host=shop
export PGHOST=$server
end() {
  end_started
  if [ -e "$server/data/postmaster.pid" ]; then quiet "$shop/cluster.sh" stop "$server"; fi
}
trap end EXIT

act "9. The database dies" \
  "The example webshop on a PostgreSQL server, which is killed (SIGKILL) in the second migration."

compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null \
  || not_shown "there is no PostgreSQL server: apt-get install postgresql"
# Root leaves the server to a user of its own, who has to get here.
chmod a+x .
"$shop/cluster.sh" start "$server" > cluster.log 2>&1 \
  || not_shown "no PostgreSQL server can be started: $(tail -n 1 cluster.log)"

ask() { psql -XAtq -v ON_ERROR_STOP=1 -U postgres -d webshop -c "$1"; }

# take_shop FILE: the host's objects but for the times that commands leave behind, and every table,
# rule and row. A row that was written and taken back has moved, so lines are sorted.
take_shop() {
  take objects
  awk '{ $6 = "-"; print }' objects > "$1"
  pg_dump -U postgres --inserts webshop | grep -v '^\\' | sort >> "$1"
}

shop_release() { printf 'the host is webshop %s\n' "$(cat "$host/etc/webshop/release")"; }

# Somebody who keeps the table `job` busy, until the server dies.
keep_busy() {
  psql -XAtq -U postgres -d webshop -c BEGIN -c 'LOCK TABLE job IN ROW SHARE MODE' \
    -c 'SELECT pg_sleep(600)' > holder.log 2>&1 &
  started+=("$!")
}

locks_of_jobs() {
  ask "SELECT count(*) FROM pg_locks WHERE relation = 'job'::regclass AND $1"
}
is_busy() { [ "$(locks_of_jobs granted)" = 1 ]; }
is_awaited() { [ "$(locks_of_jobs 'NOT granted')" = 1 ]; }

"$shop/make_host.sh" "$host" > /dev/null 2>&1
take_shop shop.before
shop_release
keep_busy
wait_until "lock of the table" is_busy
cp -r "$shop" webshop
printf '\n$ upgraph apply webshop/webshop.upg --to 25.04 --root shop --yes --foreground &\n'
upgraph apply webshop/webshop.upg --to 25.04 --root shop --yes --foreground > dead.log 2>&1 &
runner=$!
started+=("$runner")
wait_until "migration that waits for the table" is_awaited
"$shop/cluster.sh" kill "$server"
printf '\n[the server is killed in the middle of the second migration]\n'
code=0
wait "$runner" || code=$?
sed -n '/run      opened/,$p' dead.log
end_of_run 4 "$code"

printf '\n[the server is started again]\n'
quiet "$shop/cluster.sh" restart "$server"
run 3 upgraph resume --root shop --yes
shop_release
take_shop shop.after
cmp -s shop.before shop.after || { diff shop.before shop.after; fail "the shop is not as before"; }
printf 'content and metadata of files, tables, rules and rows, compared with before: %d lines equal\n' \
  "$(wc -l < shop.after)"

echo
echo "With a server that lives, the same upgrade:"
quiet upgraph apply webshop/webshop.upg --to 25.04 --root shop --yes
shop_release
