"""`retain`: how long a committed run can be turned back, and that afterwards nothing is left of what
its way back needed."""

import json
import os
import sqlite3
import time
import unittest

import box

OLD = "old-value-5f0c7d11"
UNDO = b'{"undo":"'  # how a row begins that a step captured

SPEC = """\
import std.files

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

/// Nothing brings back what it drops.
step drop(file: Path) {
  phases   cleanup
  writes   file(file)
  reverses never "the data is gone"
  takes    1s
  timeout  20s
  do       ["/bin/sh", "-c", 'rm -f "$ROOT$1"', "sh", file]
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  downtime  5m
  RETAIN
  switch {
    files.install("payload/release", to: "/etc/box/other")
    files.remove("/opt/box-1")
    files.install("payload/release", to: "/etc/box/release")
  }
  CLEANUP
}
"""


class Retain(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(os.path.join(self.host, "etc/box/other"), OLD, 0o600)
        box.write(os.path.join(self.host, "var/lib/box/old"), "rows\n")

    def write_spec(self, retain, cleanup=""):
        box.write(self.spec, SPEC.replace("RETAIN", retain).replace("CLEANUP", cleanup))

    def command(self, code, *words):
        options = ("--yes", "--foreground") if words[0] in ("apply", "rollback", "resume") else ()
        result = self.run_program(*words, "--root", self.host, *options)
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def way_back(self):
        return self.runs()[0]["way_back"]

    def held(self):
        """Files of the state folder that hold what stood there before, or what a step captured."""
        found = []
        for folder, _, files in os.walk(os.path.join(self.host, box.STATE)):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                if OLD.encode() in content or UNDO in content:
                    found.append(name)
        return sorted(found)

    def stages(self):
        runs = os.path.join(self.host, box.STATE, "runs")
        return [run for run in os.listdir(runs) if os.path.exists(os.path.join(runs, run, "stage"))]

    def test_until_then_the_way_back_is_there_and_then_it_is_gone(self):
        self.write_spec("retain 2s")
        self.command(0, "apply", "box.upg")
        self.assertIn("nothing is due", self.command(0, "tick"))
        self.assertEqual((self.way_back()["possible"], self.way_back()["removed"]), (True, None))
        self.assertNotEqual(self.held(), [])
        until = self.way_back()["until"]
        self.assertIn(f"way back  `upgraph rollback`, until {until}", self.command(0, "status"))
        self.assertIn(f"way back until {until}", self.command(0, "history"))
        time.sleep(2.1)
        self.assertIn("is removed", self.command(0, "tick"))
        self.assertEqual((self.held(), self.stages()), ([], []))
        removed = self.way_back()["removed"]
        self.assertEqual(self.way_back(), {"possible": False, "until": None, "removed": removed,
                                           "why_not": "what it needs was removed"})
        self.assertIn(f"none: what it needs was removed {removed}", self.command(0, "status"))
        before = box.snapshot(self.host)
        refused = self.command(5, "rollback")
        self.assertIn(f"it was retained for 2s, until {until}", refused)
        self.assertIn(f"was removed at {removed}", refused)
        self.assertEqual(box.snapshot(self.host), before)
        # The journal stays, and says what happened.
        run = self.runs()[0]
        story = self.command(0, "history", run["run"])
        self.assertRegex(story, r"captured +switch/1(.|\n)*committed(.|\n)*undo-going(.|\n)*undo-gone")
        self.assertIn("way back none: what it needs was removed", story)
        self.assertLess(run["took_ms"], 2000)
        self.assertIn("<dt>way back</dt><dd>none: what it needs was removed",
                      self.command(0, "report").replace("\n", ""))
        self.assertIn("nothing is due", self.command(0, "tick"))
        self.assertIn("already there", self.command(0, "apply", "box.upg"))

    def test_as_long_as_it_is_not_removed_it_is_of_use(self):
        self.write_spec("retain 0s")
        before = box.snapshot(self.host)
        self.command(0, "apply", "box.upg")
        self.command(0, "rollback")
        self.assertEqual(box.snapshot(self.host), before)
        # Of a run that was rolled back nobody needs it, however long its upgrade is retained.
        self.write_spec("retain 7d")
        self.command(0, "apply", "box.upg")
        self.command(0, "rollback")
        self.assertNotEqual(self.held(), [])
        self.assertIn("is removed", self.command(0, "tick"))
        self.assertEqual(self.held(), [])
        self.assertIn("already rolled back", self.command(0, "rollback"))
        self.assertIn("nothing is due", self.command(0, "tick"))
        self.assertEqual(box.snapshot(self.host), before)
        # And the next one is not in its way.
        self.command(0, "apply", "box.upg")
        self.assertIn("nothing is due", self.command(0, "tick"))
        self.command(0, "rollback")
        self.assertEqual(box.snapshot(self.host), before)

    def test_a_cleanup_without_a_way_back_waits_until_then(self):
        self.write_spec("retain 2s", """cleanup {
    files.remove("/opt/box")
    drop("/var/lib/box/old")
    files.remove("/tmp")
  }""")
        self.command(0, "apply", "box.upg")

        def there():
            return [os.path.lexists(os.path.join(self.host, path))
                    for path in ("opt/box", "var/lib/box/old", "tmp")]
        # What stands below it in the text waits with it.
        self.assertEqual(there(), [False, True, True])
        self.assertEqual(self.way_back()["possible"], True)
        self.assertIn("cleanup/retain/1", self.command(0, "status"))
        time.sleep(2.1)
        self.command(0, "tick")
        self.assertEqual((there(), self.held(), self.stages()), ([False, False, False], [], []))
        self.assertIn("can be turned back no more", self.command(5, "rollback"))

    def test_nobody_wants_it_back(self):
        self.write_spec("retain 0s", 'cleanup { drop("/var/lib/box/old") }')
        self.command(0, "apply", "box.upg")
        self.assertFalse(os.path.exists(os.path.join(self.host, "var/lib/box/old")))
        self.assertIn("has no way back", self.way_back()["why_not"])
        self.assertIn("is removed", self.command(0, "tick"))
        self.assertEqual((self.held(), self.stages()), ([], []))

    def test_what_a_later_cleanup_sets_aside_goes_at_once(self):
        self.write_spec("retain 0s", 'cleanup after 2s { files.remove("/var/lib/box/old") }')
        box.write(os.path.join(self.host, "var/lib/box/old"), OLD)
        self.command(0, "apply", "box.upg")
        self.assertIn("is removed", self.command(0, "tick"))
        self.assertEqual(self.held(), [])
        time.sleep(2.1)
        self.assertIn("is removed", self.command(0, "tick"))
        self.assertFalse(os.path.exists(os.path.join(self.host, "var/lib/box/old")))
        self.assertEqual((self.held(), self.stages()), ([], []))
        self.assertIn("nothing is due", self.command(0, "tick"))

    def test_a_reader_holds_it_up_and_breaks_nothing(self):
        self.write_spec("retain 0s")
        self.command(0, "apply", "box.upg")
        run = self.runs()[0]["run"]
        reader = sqlite3.connect(os.path.join(self.host, box.STATE, "runs", run, "journal.db"),
                                 isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM undo").fetchall()
        said = self.command(7, "tick")
        self.assertIn("is not removed yet", said)
        # From here on nothing turns back, whatever is there still.
        self.assertIn("can be turned back no more", self.command(5, "rollback"))
        reader.close()
        self.command(0, "tick")
        self.assertEqual((self.held(), self.stages()), ([], []))

    def test_the_plan_says_so_and_a_test_plays_it(self):
        self.write_spec("retain 3d")
        said = self.command(0, "plan", "box.upg")
        self.assertIn("for 3d after the commit `upgraph rollback` finds what it needs", said)
        answer = json.loads(self.run_program("plan", "box.upg", "--format", "json").out)
        self.assertEqual(answer["plan"]["retain_ms"], 3 * 86400 * 1000)
        with open(self.spec, "a", encoding="utf-8") as file:
            file.write("""
test "two days later it comes back" {
  given installed v1.0.0
  when  2d pass
  when  rollback
  then  rolled_back, "/etc/box/other" reverted
}

test "four days later it does not" {
  given installed v1.0.0
  when  4d pass
  when  rollback
  then  refused "it was retained for 3d", "/etc/box/other" changed
}
""")
        played = self.run_program("test", "box.upg")
        self.assertEqual(played.code, 0, played)


if __name__ == "__main__":
    unittest.main(verbosity=2)
