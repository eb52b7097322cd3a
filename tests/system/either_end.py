"""Runs that are disturbed: whatever becomes of a runner, the next command leads to the old host or to the
new one."""

import os
import random
import shutil

import box

SPEC = """\
import std.files

product box {
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

/// Notices when somebody else is at work beside it.
step alone(tool: Path, file: Path) {
  phases   switch
  reads    file(tool)
  writes   file(file)
  reverses by compensation
  takes    1s
  timeout  60s
  do       [tool, "do", file]
  undo     [tool, "undo", file]
  observe  [tool, "observe", file]
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  5m
  switch {
    alone("/usr/lib/box/alone", "/var/lib/box/one")
    files.install("payload/release", to: "/etc/box/release")
    files.install("payload/opt/box", to: "/opt/box-1")
    alone("/usr/lib/box/alone", "/var/lib/box/two")
  }
}
"""

ALONE_TOOL = """\
#!/bin/sh
file=$ROOT$2
stay() {
  echo $$ > "$ROOT/waiting"
  sleep 0.03
  [ "$(cat "$ROOT/waiting")" = $$ ] || echo "$1 $file" >> "$ROOT/go"
}
case $1 in
  do) : > "$file.part"; stay do; mv "$file.part" "$file" ;;
  undo) stay undo; rm -f "$file" "$file.part" ;;
  observe)
    if [ -e "$file" ]; then exit 0; fi
    if [ -e "$file.part" ]; then exit 2; fi
    exit 1
    ;;
esac
"""


class EitherEndTest(box.BoxTest):
    """Nobody has to wait for its run; both ends are known."""

    def setUp(self):
        super().setUp()
        box.write(self.spec, SPEC)
        self.package = self.pack()
        self.random = random.Random(7)
        self.start_again()
        self.assertEqual(self.run_program(*self.command("apply")).code, 0)
        self.new = self.without_times()
        self.assertEqual(self.run_program(*self.command("rollback")).code, 0)
        self.assertEqual(box.snapshot(self.host), self.old)
        self.start_again()

    def start_again(self):
        shutil.rmtree(self.host)
        self.make_host()
        box.write(os.path.join(self.host, "usr/lib/box/alone"), ALONE_TOOL, 0o755)
        self.old = box.snapshot(self.host)

    def without_times(self):
        return {path: [value for value in what if not isinstance(value, int) or value < 1 << 40]
                for path, what in box.snapshot(self.host).items()}

    def command(self, verb):
        package = [self.package] if verb == "apply" else []
        return [verb, *package, "--root", self.host, "--yes", "--foreground"]

    def has_run(self):
        runs = os.path.join(self.host, box.STATE, "runs")
        return any(not name.startswith(".") for name in os.listdir(runs)) \
            if os.path.isdir(runs) else False

    def recover(self):
        """By a command that nobody disturbs; without a run there is nothing to recover."""
        was_refused = not self.has_run()
        verb = self.random.choice(("resume", "rollback"))
        result = self.run_program(*self.command(verb))
        self.assertIn(result.code, (0, 3, 5) if was_refused else (0, 3), f"{verb}: {result}")
        is_old = box.snapshot(self.host) == self.old
        self.assertTrue(is_old or (verb == "resume" and self.without_times() == self.new),
                        f"neither old nor new after {verb}: {result}")
