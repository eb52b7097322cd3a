#!/usr/bin/env bash
# cluster.sh start DIR: a PostgreSQL cluster for a scratch host. DIR must not exist; data and socket are
# in it, for its owner and root alone, and `PGHOST=DIR` finds it. Root leaves the server to the user
# postgres, who must be able to get to DIR.
# cluster.sh stop DIR: ends that server and no other; the folder goes as well.
set -euo pipefail
[ $# = 2 ] || { echo "usage: cluster.sh start|stop DIR" >&2; exit 2; }
folder=$(realpath "$2")
programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

as_owner() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    "$@"
  fi
}

case $1 in
  start)
    mkdir -m 0700 "$folder"
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$folder"
    cd "$folder"
    as_owner "$programs/initdb" -D data -U postgres -A trust -N --no-instructions -E UTF8 \
      --locale=C.UTF-8 > /dev/null
    as_owner "$programs/pg_ctl" -w -s -D data -l data/log \
      -o "-c listen_addresses='' -k '$folder' -c fsync=off -c shared_buffers=16MB" start
    ;;
  stop)
    cd "$folder"
    as_owner "$programs/pg_ctl" -w -s -D data -m fast stop  # by the pid that the server wrote down
    rm -rf "$folder"
    ;;
  *) echo "cluster.sh: start or stop, found $1" >&2; exit 2 ;;
esac
