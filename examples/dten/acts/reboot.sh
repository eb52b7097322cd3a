#!/usr/bin/env bash
# Act 8 of the demo: an upgrade with a reboot in it, on a machine that really reboots: a systemd as PID
# 1 in namespaces of its own, over this system's files, of which it changes none.
source "$(dirname "$(realpath "$0")")/common.sh"
machine=$PWD/machine
host=$machine/share/host
end() {
  if [ -e "$machine" ]; then "$support/systemd_host.sh" stop "$machine" > /dev/null 2>&1 || true; fi
}
trap end EXIT

act "8. A reboot in the middle" \
  "A machine with a systemd of its own. The spec has one step more, host.reboot(), in its switch."

[ "$(id -u)" = 0 ] || not_shown "it needs root, to boot a machine of its own"
"$support/systemd_host.sh" start "$machine" > machine.log 2>&1 \
  || not_shown "no systemd can be booted: $(tail -n 1 machine.log)"

# The machine sees its folder `share` as /run/share.
inside() { "$support/systemd_host.sh" run "$machine" "$@"; }
ask_status() { inside /run/share/upgraph status --root /run/share/host --format json 2> /dev/null; }

# run_inside EXPECTED ARGUMENT…: as `run`, by the program on the machine. That has no logind, which a run
# notes, in systemd's words.
run_inside() {
  local expected=$1 code=0
  shift
  printf '\nmachine$ upgraph %s\n' "$*"
  inside /run/share/upgraph "$@" 2>&1 | sed '/^run      no inhibitor /d' || code=$?
  end_of_run "$expected" "$code"
}

is_down() { ! [ -e "/proc/$(cat "$machine/outer.pid")" ]; }

# next_boot: waits until the run has taken the machine down, and boots it again.
boots=1
next_boot() {
  local before
  wait_until "end of the boot" is_down
  release
  before=$(cat "$machine/boot_id")
  quiet "$support/systemd_host.sh" boot "$machine"
  [ "$(cat "$machine/boot_id")" != "$before" ] || fail "it is the same boot"
  boots=$((boots + 1))
  printf '\n[the machine was down, and boots: boot %d]\n' "$boots"
}

ended() { states > states; grep -qxF "run $1" states && grep -qxF "runner gone" states; }

# resumptions: what the recovery of each boot said that it does with the newest run.
resumptions() {
  local newest
  newest=$(printf '%s\n' "$host"/var/lib/upgraph/runs/* | sort | tail -n 1)
  /usr/bin/python3 -c '
import json, sys
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["event"] == "resumed":
        print("after a boot the run went", event["text"])' "$newest/progress.jsonl"
}

sed -e '/^import std.files/a import std.host' -e '/^  window /d' -e 's/^  downtime 5m/  downtime 15m/' \
  -e 's/^    config.set(settings.backoff.base, 250ms)/&\n    host.reboot()/' dten.upg > reboot.upg
grep -q 'host.reboot' reboot.upg || fail "the step before the reboot is not where it was"
quiet upgraph pack reboot.upg -o "$machine/share/reboot.zip"
diff dten.upg reboot.upg | grep '^[<>]' || true
cp "$(command -v upgraph)" "$machine/share/upgraph"
"$example/make_host.sh" "$host" 2> /dev/null

echo
echo "First with a release that comes up degraded, after the reboot:"
health degraded
take machine.before
run_inside 6 apply /run/share/reboot.zip --root /run/share/host --runner service --may-reboot \
  --yes
next_boot
next_boot
wait_until "end of the run" ended rolled-back
resumptions
release
take machine.after
prove machine.before machine.after "content, metadata and rows, compared with before"

echo
echo "Then with one that is ready:"
health "ready since Friday"
run_inside 6 apply /run/share/reboot.zip --root /run/share/host --runner service --may-reboot \
  --yes
next_boot
wait_until "end of the run" ended committed
resumptions
release
run_inside 0 history --root /run/share/host
