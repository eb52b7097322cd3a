#!/usr/bin/env bash
# demo.sh: an upgrade of a small host, from spec to commit, and what becomes of it when it is taken
# back, when it fails, when its runner is killed, when its terminal goes away, when its disk is full,
# when it reboots and when its database server dies. Needs `upgraph` on the PATH, and root for two of
# the acts; without it they are not shown. Works in a temporary folder, which it removes;
# UPGRAPH_DEMO_KEEP=1 leaves it.
source "$(dirname "$(realpath "$0")")/acts/common.sh"
work=$(mktemp -d "${TMPDIR:-/var/tmp}/upgraph-demo.XXXXXX")
end() {
  end_started
  if [ -n "${UPGRAPH_DEMO_KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap end EXIT
cd "$work"

# The rows that the upgrade is about; the program's own marker in the database names the run.
rows() { sqlite3 host/var/lib/dten/dten.db '.dump device session daily'; }

# without_times SNAPSHOT: the times of what a run writes are its own, and so are the bytes of its
# marker.
without_times() { awk '$2 != "database" { $6 = "-"; print }' "$1"; }

# same_upgrade: the host is what act 2 made of it, or the demo fails.
same_upgrade() {
  rows > rows.after
  cmp -s rows.upgraded rows.after || fail "the rows are not those of act 2"
  diff <(without_times upgraded) <(without_times after) || fail "the host is not that of act 2"
  printf 'content, modes and owners, compared with act 2: %d objects equal, and every row\n' \
    "$(without_times after | wc -l)"
}

# play NUMBER COMMAND…: an act that is a program of its own, as what it needs is not everywhere.
missing=()
play() {
  local number=$1 code=0
  shift
  "$@" || code=$?
  case $code in
    0) ;;
    "$not_shown_code") missing+=("$number") ;;
    *) fail "act $number failed" ;;
  esac
}

# Mounts of an act go with it, and nobody else sees them.
in_own_mounts() {
  if unshare --mount true 2> /dev/null; then
    unshare --mount --propagation private "$@"
  else
    "$@"
  fi
}

act "1. A host, a spec, a package" \
  "A scratch host of DTEN 4.8.3: files, units, an INI file, a database with 4,200 rows."
"$example/make_host.sh" host 2> /dev/null
cp -r "$example/dten.upg" "$example/payload" .
release
run 0 upgraph check dten.upg
run 0 upgraph pack dten.upg -o $package
run 0 upgraph plan $package --root host
take before
cp host/etc/dten/dten.ini ini.before

act "2. The upgrade" "Every step says what it does to the host before it does it."
run 0 upgraph apply $package --root host --yes
release
take upgraded
rows > rows.upgraded
echo "what changed:"
/usr/bin/python3 -B "$support/host_snapshot.py" compare before upgraded --brief | sed 's/^/  /' || true
echo "dten.ini, with its comments and spacing where they were:"
diff ini.before host/etc/dten/dten.ini | sed 's/^/  /' || true
printf 'sessions with an owner: %s, days: %s\n' \
  "$(sqlite3 host/var/lib/dten/dten.db "SELECT count(*) FROM session WHERE owner <> ''")" \
  "$(sqlite3 host/var/lib/dten/dten.db 'SELECT count(*) FROM daily')"
run 0 upgraph apply $package --root host --yes

act "3. The way back" "A person changes their mind after the commit, while the undo is still kept."
run 0 upgraph rollback --root host --yes
release
take after
prove before after "content, metadata and rows, compared with before"

act "4. A gate that fails" "The new release comes up degraded: the run turns itself back."
health degraded
take before
run 3 upgraph apply $package --root host --yes
release
take after
prove before after "content, metadata and rows, compared with before"

act "5. The runner is killed" \
  "Somebody holds the database's lock, so the switch waits; then SIGKILL, with no time to tidy up."
health "ready since Friday"
take before
exec 9< host/var/lib/dten
flock 9
printf '\n$ upgraph apply %s --root host --yes --foreground &\n' $package
upgraph apply $package --root host --yes --foreground > killed.log 2>&1 9<&- &
runner=$!
started+=("$runner")
wait_for "run open"
wait_for "prepare/2 applied"
code=0
{ kill -KILL "$runner" && wait "$runner"; } 2> /dev/null || code=$?
printf '[killed: exit code %d]\n' "$code"
[ "$code" = 137 ] || { cat killed.log; fail "the runner ended by itself"; }
exec 9<&-
started=()
release
run 0 upgraph resume --root host --yes
release
take after
same_upgrade
quiet upgraph rollback --root host --yes
take after
prove before after "taken back once more, compared with before"

act "6. The terminal goes away" \
  "The run is in its last gate when the terminal that started it is closed. It goes on."
sed 's/contains: "ready", within: 2s/contains: "ready", within: 60s/' dten.upg > patient.upg
cmp -s dten.upg patient.upg && fail "the gate of dten.upg is not where it was"
health starting
printf '\n$ upgraph apply patient.upg --root host --yes     (in a terminal)\n'
setsid script -qfc "exec upgraph apply patient.upg --root host --yes" /dev/null > terminal.log 2>&1 < /dev/null &
terminal=$!
started+=("$terminal")
wait_for "run open"
wait_for "verify/1 applied"
{ kill -KILL "$terminal" && wait "$terminal"; } 2> /dev/null || true
started=()
echo "[the terminal is closed]"
health "ready since Friday"
# Another terminal may attach; whether it sees much of the run depends on how late it is.
quiet upgraph status --root host --follow
wait_for "run committed"
wait_for "cleanup/1 applied"
release
take after
same_upgrade
run 0 upgraph history --root host

play 7 in_own_mounts "$acts/full_disk.sh"
play 8 "$acts/reboot.sh"
play 9 "$acts/dead_database.sh"

if [ ${#missing[@]} = 0 ]; then
  printf '\nAll of it went as it should.\n'
else
  printf '\nAll that was shown went as it should. Not shown here, for the reasons above: %s.\n' \
    "$(printf 'act %s, ' "${missing[@]}" | sed 's/, $//')"
fi
