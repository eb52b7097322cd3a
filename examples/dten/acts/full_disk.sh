#!/usr/bin/env bash
# Act 7 of the demo: the host's disk is full to its last block when the run turns back. The disk is an
# ext4 in a file, mounted where nobody else sees it: `demo.sh` starts this in a mount namespace.
source "$(dirname "$(realpath "$0")")/common.sh"
trap 'end_started; umount disk 2> /dev/null || true' EXIT
host=disk/host
PATH=$PATH:/usr/sbin:/sbin

act "7. The disk fills up" \
  "A host on a disk of its own. In the run's last gate something else writes until no block is left."

[ "$(id -u)" = 0 ] || not_shown "it needs root, to mount a disk"
mkdir disk
truncate -s 160M image
# No reserve for root: full is full.
mkfs.ext4 -q -b 4096 -m 0 image 2> mount.log && mount -o loop image disk 2>> mount.log \
  || not_shown "no disk can be mounted: $(tail -n 1 mount.log)"

blocks() { stat -f -c 'blocks free on the disk: %a' disk; }

# fill: until nothing more can be written. What ext4 held back for a file that grows comes free with
# its sync, so once is not enough.
fill() {
  local try
  for try in $(seq 20); do
    sync -f disk
    [ "$(stat -f -c %a disk)" = 0 ] && return
    dd if=/dev/zero of="disk/fill-$try" bs=1M conv=fsync 2> /dev/null || true
    dd if=/dev/zero of="disk/fill-$try" bs=4k oflag=append conv=notrunc,fsync 2> /dev/null || true
  done
  fail "the disk is not full: $(blocks)"
}

"$example/make_host.sh" "$host" 2> /dev/null
health starting
take disk.before
printf '\n$ upgraph apply patient.upg --root %s --yes --foreground &\n' "$host"
upgraph apply patient.upg --root "$host" --yes --foreground > full.log 2>&1 &
runner=$!
started+=("$runner")
wait_for "verify/1 applied"
release
fill
blocks
if echo more > disk/more 2> /dev/null; then fail "the disk took one file more"; fi
printf '\n[a person asks it to stop: SIGTERM]\n'
kill -TERM "$runner"
code=0
wait "$runner" || code=$?
started=()
sed -n '/^run      turning back/,$p' full.log
end_of_run 3 "$code"
release
take disk.after
prove disk.before disk.after "content, metadata and rows, compared with before, on the full disk"
rm disk/fill-*
