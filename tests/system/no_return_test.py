"""`commit` in switch, and what waits after the commit for `upgraph tick`."""

import json
import os
import time
import unittest

import box

SPEC = """\
import std.files

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

/// Nothing brings back what it drops.
step drop(tool: Path, file: Path) {
  phases   switch, cleanup
  reads    file(tool)
  writes   file(file)
  reverses never "the data is gone"
  takes    1s
  timeout  20s
  do       [tool, "drop", file]
  observe  [tool, "observe", file]
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  5m
  switch {
    files.link("/opt/box", to: "/opt/box-2")
    COMMIT
    files.install("payload/release", to: "/etc/box/release")
  }
  cleanup {
    files.remove("/opt/box-1/boxd")
  }
  cleanup after 2s {
    drop("/usr/lib/box/drop", "/var/lib/box/old")
  }
  cleanup after 1h {
    files.remove("/opt/box-1")
  }
}
"""

BELOW = """commit "the old data cannot be read again"
    drop("/usr/lib/box/drop", "/var/lib/box/data")"""

# Counts its tries, and fails as long as `broken` stands on the host.
DROP_TOOL = """\
#!/bin/sh
case $1 in
  drop)
    echo x >> "$ROOT/tries"
    if [ -e "$ROOT/broken" ]; then echo "the disk is full"; exit 1; fi
    rm -f "$ROOT$2"
    ;;
  observe) if [ -e "$ROOT$2" ]; then exit 1; fi; exit 0 ;;
esac
"""


class NoReturn(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(os.path.join(self.host, "usr/lib/box/drop"), DROP_TOOL, 0o755)
        for name in ("old", "data"):
            box.write(os.path.join(self.host, "var/lib/box", name), "rows\n")
        self.write_spec(BELOW)

    def write_spec(self, commit):
        box.write(self.spec, SPEC.replace("COMMIT", commit))

    def command(self, code, *words):
        options = ("--yes", "--foreground") if words[0] not in ("tick", "status") else ()
        result = self.run_program(*words, "--root", self.host, *options)
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def has(self, path):
        return os.path.lexists(os.path.join(self.host, path))

    def break_it(self, is_broken):
        if is_broken:
            box.write(os.path.join(self.host, "broken"), "")
        else:
            os.remove(os.path.join(self.host, "broken"))

    def tries(self):
        with open(os.path.join(self.host, "tries"), encoding="utf-8") as file:
            return len(file.readlines())

    def test_below_it_a_failure_goes_forward_only(self):
        self.break_it(True)
        said = self.command(7, "apply", "box.upg")
        self.assertIn("below its point of no return", said)
        self.assertEqual(self.tries(), 3)
        self.assertEqual((self.release(), self.has("var/lib/box/data")), ("1.0.0", True))
        self.assertEqual(self.runs()[-1]["state"], "committed")
        self.assertEqual(self.runs()[-1]["finished"], False)
        self.assertIn("no way back", self.command(5, "rollback"))
        self.break_it(False)
        self.command(0, "apply", "box.upg")
        self.assertEqual((self.release(), self.has("var/lib/box/data")), ("2.0.0", False))
        self.assertIn("no way back", self.command(5, "rollback"))
        self.assertEqual(self.release(), "2.0.0")

    def test_above_it_a_failure_turns_back(self):
        before = box.snapshot(self.host)
        box.write(self.spec, SPEC.replace("COMMIT", 'fail("/usr/lib/box/drop")\n    ' + BELOW).replace(
            "upgrade v", """step fail(tool: Path) {
  phases   switch
  writes   file("/x")
  reverses by compensation
  takes    1s
  timeout  5s
  do       [tool, "drop", "/x"]
  undo     ["true"]
}

upgrade v""", 1))
        self.break_it(True)
        without = (box.STATE, *box.MARKERS, "broken", "tries")
        self.command(3, "apply", "box.upg")
        self.assertEqual(box.snapshot(self.host, without), before)

    def test_cleanup_after_some_time_is_done_by_tick_alone(self):
        self.write_spec("")
        self.command(0, "apply", "box.upg")
        self.assertEqual((self.has("opt/box-1/boxd"), self.has("var/lib/box/old")), (False, True))
        status = self.command(0, "status")
        self.assertIn("by `upgraph tick`", status)
        self.assertEqual(self.runs()[-1]["finished"], True)
        answer = json.loads(self.run_program("status", "--root", self.host, "--format", "json").out)
        self.assertEqual([bool(step["due"]) for step in answer["current"]["steps"]],
                         [False, False, False, True, True])
        time.sleep(2.1)
        self.break_it(True)
        self.assertIn("the disk is full", self.command(7, "tick"))
        self.assertEqual(self.has("var/lib/box/old"), True)
        self.break_it(False)
        self.command(0, "tick")
        self.assertEqual((self.has("var/lib/box/old"), self.has("opt/box-1")), (False, True))
        self.assertIn("nothing is due", self.command(0, "tick"))
        # What had no way back was done.
        self.assertIn("no way back", self.command(5, "rollback"))

    def test_until_then_the_way_back_is_there(self):
        self.write_spec("")
        before = box.snapshot(self.host)
        self.command(0, "apply", "box.upg")
        self.command(0, "rollback")
        self.assertEqual(box.snapshot(self.host), before)
        time.sleep(2.1)
        self.assertIn("is removed", self.command(0, "tick"))
        self.assertEqual(box.snapshot(self.host), before)

    def test_without_approval_nothing_is_touched(self):
        self.write_spec("")
        with open(self.spec, encoding="utf-8") as file:
            text = file.read()
        box.write(self.spec, text.replace("upgrade v", "people product, support\n\nupgrade v").replace(
            "  window ", "  approvals product, support\n  window "))
        before = box.snapshot(self.host)
        self.assertIn("not approved by `support`",
                      self.command(5, "apply", "box.upg", "--approve", "product=anna"))
        self.assertIn("`sales`", self.command(5, "apply", "box.upg", "--approve", "product=anna",
                                              "--approve", "support=b", "--approve", "sales=c"))
        self.assertEqual(box.snapshot(self.host), before)
        self.assertEqual(self.run_program("apply", "box.upg", "--approve", "anna").code, 2)
        self.command(0, "apply", "box.upg", "--approve", "product=anna", "--approve", "support=ben")
        history = self.run_program("history", self.runs()[-1]["run"], "--root", self.host).out
        self.assertRegex(history, r"product: anna \(user \d+")
        self.assertRegex(history, r"support: ben \(user")

    def announce(self):
        self.write_spec("")
        with open(self.spec, encoding="utf-8") as file:
            text = file.read().replace("import std.files", "import std.channels\nimport std.files")
        events = ("started", "done", "rolled_back", "stuck")
        for event in events:
            box.write(os.path.join(self.folder, f"payload/{event}.md"),
                      f"{event}: ${{product}} ${{from}} -> ${{to}}\n")
        box.write(self.spec, text.replace(
            "upgrade v", 'let page = channels.file("/srv/status.md")\n\nupgrade v').rstrip()[:-1]
            + "announce to page {\n"
            + "".join(f'{event} "payload/{event}.md"\n' for event in events) + "}\n}\n")

    def told(self):
        with open(os.path.join(self.host, "srv/status.md"), encoding="utf-8") as file:
            return [line.strip() for line in file if line.strip() and not line.startswith("<!--")]

    def test_a_page_is_told_how_it_ended(self):
        self.announce()
        os.makedirs(os.path.join(self.host, "srv"))
        self.command(0, "apply", "box.upg")
        self.assertEqual(self.told(), ["started: box 1.0.0 -> 2.0.0", "done: box 1.0.0 -> 2.0.0"])
        self.command(0, "rollback")
        self.command(0, "tick")
        self.assertEqual(self.told()[2:], ["rolled_back: box 1.0.0 -> 2.0.0"])

    def test_what_could_not_be_told_is_told_by_tick(self):
        self.announce()
        self.assertIn("`page` was not told of `done`", self.command(0, "apply", "box.upg"))
        self.assertEqual(self.release(), "2.0.0")
        self.assertIn("was not told", self.command(7, "tick"))
        os.makedirs(os.path.join(self.host, "srv"))
        self.command(0, "tick")
        self.command(0, "tick")
        self.assertEqual(self.told(), ["started: box 1.0.0 -> 2.0.0", "done: box 1.0.0 -> 2.0.0"])

    def test_the_spec(self):
        checked = self.run_program("check", "box.upg")
        self.assertEqual(checked.code, 0, checked)
        box.write(self.spec, SPEC.replace("COMMIT", "") + """
test "a cleanup that waits is not waited for" {
  given installed v1.0.0
  then  done
}
""")
        played = self.run_program("test", "box.upg")
        self.assertEqual(played.code, 0, played)
        plan = self.run_program("plan", "box.upg").out
        self.assertIn("2s after the commit, by `upgraph tick`", plan)


if __name__ == "__main__":
    unittest.main(verbosity=2)
