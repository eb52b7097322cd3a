# What all acts of the demo share; each reads it. They begin in the demo's folder, where `demo.sh` has
# laid the spec, its payload and the package.
set -euo pipefail
acts=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
example=$(dirname "$acts")
support=$(realpath "$example/../../tests/support")
package=Full-upgrade-package-dten.zip
host=host  # which the functions below look at
not_shown_code=77

# What an act started, and ends when it ends itself.
started=()
end_started() {
  local pid
  for pid in "${started[@]}"; do kill -KILL "$pid" 2> /dev/null || true; done
  started=()
}

act() { printf '\n== %s\n' "$1"; shift; printf '   %s\n' "$@"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }

# not_shown WHY: ends an act that cannot be played here.
not_shown() { printf '\nnot shown here: %s\n' "$*"; exit "$not_shown_code"; }

# run EXPECTED COMMAND…: shows the command, what it prints, and its exit code, which must be EXPECTED.
run() {
  local expected=$1 code=0
  shift
  printf '\n$ %s\n' "$*"
  "$@" 2>&1 || code=$?
  end_of_run "$expected" "$code"
}

end_of_run() {
  printf '[exit code %d]\n' "$2"
  [ "$2" = "$1" ] || fail "expected exit code $1"
}

# quiet COMMAND…: says nothing unless it fails.
quiet() { "$@" > log 2>&1 || { cat log; fail "$* failed"; }; }

take() { /usr/bin/python3 -B "$support/host_snapshot.py" print "$host" > "$1"; }

# prove A B TEXT: two snapshots are equal, or the demo fails.
prove() {
  local result
  result=$(/usr/bin/python3 -B "$support/host_snapshot.py" compare "$1" "$2") \
    || { printf '%s\n' "$result"; fail "$3: it is not"; }
  printf '%s: %s\n' "$3" "$result"
}

release() { printf 'the host is DTEN %s\n' "$(cat "$host/etc/dten/release")"; }

health() { echo "$1" > "$host/run/dten/health"; }

# ask_status: what `upgraph status` says of the host, as JSON; an act may ask it elsewhere.
ask_status() { upgraph status --root "$host" --format json 2> /dev/null; }

# states: "STEP STATE" of the current run, one a line; nothing when there is none yet.
states() {
  ask_status | /usr/bin/python3 -c '
import json, sys
status = json.load(sys.stdin)
current = status["current"]
for step in current["steps"] if current else []:
    print(step["step"], step["state"])
if current:
    print("run", current["state"].replace(" ", "-"))
print("runner", "at-work" if status["running"] else "gone")' 2> /dev/null || true
}

# wait_until TEXT COMMAND…: until the command holds; for at most two minutes.
wait_until() {
  local what=$1 end=$((SECONDS + 120))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || { states; fail "no $what within two minutes"; }
    sleep 0.05
  done
}

has_state() { states | grep -qxF "$1"; }

# wait_for LINE: until `states` has it.
wait_for() { wait_until "\`$1\`" has_state "$1"; }
