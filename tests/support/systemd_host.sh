#!/usr/bin/env bash
# A host with a real systemd as PID 1, in namespaces of its own over an overlay of this machine's
# root: nothing is downloaded, nothing of the machine is changed. Needs root.
#
#   systemd_host.sh start DIR          boots it; DIR keeps its state and must not exist
#   systemd_host.sh run DIR COMMAND…   runs a command inside, with its exit code
#   systemd_host.sh kill DIR           kills its PID 1, as a power cut would end everything
#   systemd_host.sh boot DIR           boots it again, after it was killed or went down itself
#   systemd_host.sh stop DIR           ends it and removes DIR
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

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
  local dir=$1
  [ "$(id -u)" = 0 ] || fail "needs root"
  [ -e "$dir" ] && fail "$dir exists"
  mkdir -p "$dir/layers"
  # What the host writes outlives its boots: it lies in a mount namespace that something else holds.
  setsid unshare --mount --propagation private bash -c '
    mount -t tmpfs tmpfs "$1/layers" && echo $$ > "$1/holder.pid" && exec sleep infinity' \
    _ "$dir" > "$dir/holder.log" 2>&1 < /dev/null &
  local tries
  for tries in $(seq 100); do
    [ -s "$dir/holder.pid" ] && break
    sleep 0.05
  done
  [ -s "$dir/holder.pid" ] || fail "no place for the layers: $(cat "$dir/holder.log")"
  boot_up "$dir"
}

boot_up() {
  local dir=$1 cgroup
  cgroup=$(cgroup_top)/upgraph-test-$$
  mkdir "$cgroup"
  echo "$cgroup" > "$dir/cgroup"
  # The shell enters its cgroup before the namespace is made, or systemd would see the machine's.
  setsid bash -c 'echo $$ > "$1/cgroup.procs"; echo $$ > "$2/outer.pid"
    exec nsenter --mount="/proc/$(cat "$2/holder.pid")/ns/mnt" \
      unshare --mount --propagation private --pid --fork --uts --ipc --net --cgroup \
      "$3" _boot "$2"' _ "$cgroup" "$dir" "$(realpath "$0")" \
    > "$dir/boot.log" 2>&1 < /dev/null &
  local outer=$! state="" tries code
  for tries in $(seq 600); do
    sleep 0.05
    if ! kill -0 "$outer" 2>/dev/null; then
      code=0
      wait "$outer" || code=$?
      [ "$code" = 129 ] && return 0  # SIGHUP: it was up, and rebooted already
      break
    fi
    # A shutdown stops whoever entered, for good: `timeout` lets it go on.
    state=$(timeout 10 "$(realpath "$0")" run "$dir" systemctl is-system-running 2>/dev/null || true)
    case $state in running | degraded) return 0 ;; esac
  done
  cat "$dir/boot.log" >&2
  fail "no systemd within 30 s (state: ${state:-none})"
}

# What is written on the new host before its first boot.
furnish() {
  local root=$1
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
}

# Inside the new namespaces, as PID 1: lays the root and becomes systemd.
boot() {
  local dir=$1 root=$1/root is_first=yes
  [ -d "$dir/layers/upper" ] && is_first=no
  mkdir -p "$dir/layers/upper" "$dir/layers/work" "$root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/layers/upper,workdir=$dir/layers/work" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  umount "$root/sys/fs/cgroup"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount --bind -o ro "$root/proc/sys" "$root/proc/sys" && mount -o remount,bind,ro "$root/proc/sys"
  # Each boot has an id of its own, and not that of the machine.
  cat /proc/sys/kernel/random/uuid > "$dir/boot_id"
  mount --bind "$dir/boot_id" "$root/proc/sys/kernel/random/boot_id"
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
  [ "$is_first" = no ] || furnish "$root"
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

# Ends what runs and takes its cgroups away.
bring_down() {
  local dir=$1 pid cgroup
  pid=$(inner_pid "$dir" || true)  # it may have shut itself down
  [ -n "$pid" ] && kill -KILL "$pid"
  cgroup=$(cat "$dir/cgroup")
  local tries
  for tries in $(seq 100); do
    [ -e "$cgroup" ] || break
    find "$cgroup" -depth -mindepth 1 -type d -exec rmdir {} + 2>/dev/null || true
    rmdir "$cgroup" 2>/dev/null && break
    sleep 0.05
  done
  [ -e "$cgroup" ] && fail "$cgroup still holds processes"
  return 0
}

stop() {
  local dir=$1
  bring_down "$dir"
  kill -KILL "$(cat "$dir/holder.pid")"
  rm -rf "$dir"
}

case "${1:-}" in
  start) start "$2" ;;
  run) shift; run "$@" ;;
  kill) bring_down "$2" ;;
  boot) bring_down "$2" && boot_up "$2" ;;
  stop) stop "$2" ;;
  _boot) boot "$2" ;;
  *) sed -n '2,10p' "$0"; exit 2 ;;
esac
