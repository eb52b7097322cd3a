#!/usr/bin/env bash
# check_time.sh: how long `upgraph check examples/dten/dten.upg` takes, once the files are in memory:
# the median of 20, beside the median of 20 starts of /bin/true in turn with them, so that a slow
# moment of the machine shows in both. Needs `upgraph` on the PATH. Exit code 1: over the limit.
set -euo pipefail
exec /usr/bin/python3 -B "$(dirname "$(realpath "$0")")/check_time.py" "$(command -v upgraph)"
