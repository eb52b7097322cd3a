#!/usr/bin/env bash
# stuck_command.mend.sh DIR: what a person does about it by hand; prints the steps that they settle.
set -euo pipefail
printf 'half one' > "$1/srv/b/marked"
echo switch/2
