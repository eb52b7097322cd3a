#!/usr/bin/env bash
# demo.sh: an upgrade of a small host, from spec to commit, and what becomes of it when it is taken
# back, when it fails, when its runner is killed and when its terminal goes away. Needs `upgraph` on
# the PATH; works in a temporary folder, which it removes. UPGRAPH_DEMO_KEEP=1 leaves it.
set -euo pipefail
example=$(dirname "$(realpath "$0")")
snapshot_tool=$example/../../tests/support/host_snapshot.py
work=$(mktemp -d "${TMPDIR:-/var/tmp}/upgraph-demo.XXXXXX")
started=()
end() {
  local pid
  for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  if [ -n "${UPGRAPH_DEMO_KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap end EXIT
cd "$work"
package=Full-upgrade-package-dten.zip

act() { printf '\n== %s\n' "$1"; shift; printf '   %s\n' "$@"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }

# run EXPECTED COMMAND…: shows the command, what it prints, and its exit code, which must be EXPECTED.
run() {
  local expected=$1 code=0
  shift
  printf '\n$ %s\n' "$*"
  "$@" 2>&1 || code=$?
  printf '[exit code %d]\n' "$code"
  [ "$code" = "$expected" ] || fail "expected exit code $expected"
}

# quiet COMMAND…: says nothing unless it fails.
quiet() { "$@" > log 2>&1 || { cat log; fail "$* failed"; }; }

take() { /usr/bin/python3 -B "$snapshot_tool" print host > "$1"; }

# prove A B TEXT: two snapshots are equal, or the demo fails.
prove() {
  local result
  result=$(/usr/bin/python3 -B "$snapshot_tool" compare "$1" "$2") \
    || { printf '%s\n' "$result"; fail "$3: it is not"; }
  printf '%s: %s\n' "$3" "$result"
}

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

release() { printf 'the host is DTEN %s\n' "$(cat host/etc/dten/release)"; }

health() { echo "$1" > host/run/dten/health; }

# states: "STEP STATE" of the current run, one a line; nothing when there is none yet.
states() {
  upgraph status --root host --format json 2>/dev/null | /usr/bin/python3 -c '
import json, sys
current = json.load(sys.stdin)["current"]
for step in current["steps"] if current else []:
    print(step["step"], step["state"])
if current:
    print("run", current["state"].replace(" ", "-"))' 2>/dev/null || true
}

# wait_for LINE: until `states` has it; for at most two minutes.
wait_for() {
  local end=$((SECONDS + 120))
  until states | grep -qxF "$1"; do
    [ $SECONDS -lt $end ] || { states; fail "no \`$1\` within two minutes"; }
    sleep 0.05
  done
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
/usr/bin/python3 -B "$snapshot_tool" compare before upgraded --brief | sed 's/^/  /' || true
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

printf '\nAll of it went as it should.\n'
