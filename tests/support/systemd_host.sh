#!/usr/bin/env bash
# A host with a real systemd as PID 1, in namespaces of its own over an overlay of this machine's
# root: nothing is downloaded, nothing of the machine is changed. Needs root.
#
#   systemd_host.sh start DIR          boots it; DIR keeps its state and must not exist
#   systemd_host.sh run DIR COMMAND…   runs a command inside, with its exit code
#   systemd_host.sh stop DIR           ends it and removes DIR
set -euo pipefail

fail() { echo "systemd_host: $*" >&2; exit 1; }

cgroup_top() {
  if [ -d /sys/fs/cgroup/unified ]; then echo /sys/fs/cgroup/unified; else echo /sys/fs/cgroup; fi
}

# PID of the inner systemd: the one child of the outer process that `unshare --fork` left.
inner_pid() {
  local outer
  outer=$(cat "$1/outer.pid")
  cat "/proc/$outer/task/$outer/children" 2>/dev/null | tr -d ' '
}

start() {
  local dir=$1 cgroup
  [ "$(id -u)" = 0 ] || fail "needs root"
  [ -e "$dir" ] && fail "$dir exists"
  mkdir -p "$dir/layers"
  cgroup=$(cgroup_top)/upgraph-test-$$
  mkdir "$cgroup"
  echo "$cgroup" > "$dir/cgroup"
  # The shell enters its cgroup before the namespace is made, or systemd would see the machine's.
  setsid bash -c 'echo $$ > "$1/cgroup.procs"; echo $$ > "$2/outer.pid"
    exec unshare --mount --propagation private --pid --fork --uts --ipc --net --cgroup \
      "$3" _boot "$2"' _ "$cgroup" "$dir" "$(realpath "$0")" \
    > "$dir/boot.log" 2>&1 < /dev/null &
  local state="" tries
  for tries in $(seq 200); do
    sleep 0.05
    state=$(run "$dir" systemctl is-system-running 2>/dev/null || true)
    case $state in running | degraded) return 0 ;; esac
  done
  cat "$dir/boot.log" >&2
  fail "no systemd within 10 s (state: ${state:-none})"
}

# Inside the new namespaces, as PID 1: lays the root and becomes systemd.
boot() {
  local dir=$1 root=$1/root
  mount -t tmpfs tmpfs "$dir/layers"
  mkdir -p "$dir/layers/upper" "$dir/layers/work" "$root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/layers/upper,workdir=$dir/layers/work" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  umount "$root/sys/fs/cgroup"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount --bind -o ro "$root/proc/sys" "$root/proc/sys" && mount -o remount,bind,ro "$root/proc/sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  local node
  for node in null zero full random urandom tty; do
    touch "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  # A folder shared with the outside, for what a test brings along and wants back.
  mkdir -p "$dir/share" "$root/run/share"
  mount --bind "$dir/share" "$root/run/share"
  : > "$root/etc/machine-id"
  rm -rf "$root"/etc/systemd/system/*.wants
  ln -sfn /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
  local unit
  for unit in systemd-udevd.service systemd-udev-trigger.service systemd-sysctl.service \
    systemd-modules-load.service systemd-timesyncd.service systemd-logind.service \
    getty.target console-getty.service dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount \
    sys-kernel-config.mount systemd-firstboot.service; do
    ln -sfn /dev/null "$root/etc/systemd/system/$unit"
  done
  mkdir -p "$root/run/old"
  cd "$root"
  pivot_root . run/old
  umount -l /run/old
  exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
}

run() {
  local dir=$1 pid
  shift
  pid=$(inner_pid "$dir")
  [ -n "$pid" ] || fail "no host runs in $dir"
  nsenter -t "$pid" -a -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
}

stop() {
  local dir=$1 pid cgroup
  pid=$(inner_pid "$dir" || true)  # it may have shut itself down
  [ -n "$pid" ] && kill -KILL "$pid"
  cgroup=$(cat "$dir/cgroup")
  local tries
  for tries in $(seq 100); do
    find "$cgroup" -depth -mindepth 1 -type d -exec rmdir {} + 2>/dev/null || true
    rmdir "$cgroup" 2>/dev/null && break
    sleep 0.05
  done
  [ -e "$cgroup" ] && fail "$cgroup still holds processes"
  rm -rf "$dir"
}

case "${1:-}" in
  start) start "$2" ;;
  run) shift; run "$@" ;;
  stop) stop "$2" ;;
  _boot) boot "$2" ;;
  *) sed -n '2,8p' "$0"; exit 2 ;;
esac
