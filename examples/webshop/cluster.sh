#!/usr/bin/env bash
# cluster.sh start DIR: a PostgreSQL cluster for a scratch host. DIR must not exist; data and socket are
# in it, for its owner and root alone, and `PGHOST=DIR` finds it. Root leaves the server to the user
# postgres, who must be able to get to DIR.
# cluster.sh stop DIR: ends that server and no other; the folder goes as well.
# cluster.sh kill DIR: ends it as the kernel does when memory runs out, with no time to tidy up.
# cluster.sh abort DIR: ends it at once, in the middle of everything, as `pg_ctl -m immediate` does.
# cluster.sh restart DIR: starts it again after either; it recovers what was committed.
set -euo pipefail
[ $# = 2 ] || { echo "usage: cluster.sh start|stop|kill|abort|restart DIR" >&2; exit 2; }
folder=$(realpath "$2")
programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

as_owner() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    "$@"
  fi
}

start_server() {
  as_owner "$programs/pg_ctl" -w -s -D data -l data/log \
    -o "-c listen_addresses='' -k '$folder' -c fsync=off -c shared_buffers=16MB" start
}

# Whether a process that was started then still is there: "PID START".
is_there() { [ "$(cut -d ' ' -f 22 "/proc/${1% *}/stat" 2> /dev/null)" = "${1#* }" ]; }

case $1 in
  start)
    mkdir -m 0700 "$folder"
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$folder"
    cd "$folder"
    as_owner "$programs/initdb" -D data -U postgres -A trust -N --no-instructions -E UTF8 \
      --locale=C.UTF-8 > /dev/null
    start_server
    ;;
  restart)
    cd "$folder"
    start_server
    ;;
  kill)
    server=$(head -n 1 "$folder/data/postmaster.pid")  # the pid that the server wrote down
    mapfile -t processes < <(for pid in "$server" $(cat "/proc/$server/task/$server/children"); do
      echo "$pid $(cut -d ' ' -f 22 "/proc/$pid/stat" 2> /dev/null || echo gone)"
    done)
    kill -KILL "$server"
    # Its sessions notice, and end; until then nobody else may use their memory.
    for process in "${processes[@]}"; do
      while is_there "$process"; do sleep 0.02; done
    done
    ;;
  abort)
    cd "$folder"
    as_owner "$programs/pg_ctl" -w -s -D data -m immediate stop
    ;;
  stop)
    cd "$folder"
    as_owner "$programs/pg_ctl" -w -s -D data -m fast stop  # by the pid that the server wrote down
    rm -rf "$folder"
    ;;
  *) echo "cluster.sh: start, stop, kill, abort or restart, found $1" >&2; exit 2 ;;
esac
