"""A rollback in which one step does not go back: everything independent does, what is left over is
named with the command that finishes it, and `upgraph resolve` takes a person's word for it."""

import json
import os
import unittest

import box

SPEC = """\
import std.files

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

/// Makes the jar.
step make_jar(tool: Path, file: Path) {
  phases   switch
  reads    file(tool)
  writes   file(file)
  reverses by compensation
  takens
  do       [tool, "make", file]
  undo     [tool, "unmake", file]
  OBSERVE-MAKE
}

/// Puts the lid on it.
step seal_jar(tool: Path, file: Path) {
  phases   switch
  reads    file(tool)
  writes   file(file)
  reverses by compensation
  takens
  do       [tool, "seal", file]
  undo     [tool, "unseal", file]
  OBSERVE-SEAL
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  5m
  prepare {
    files.install("payload/opt/box", to: "/opt/box-2")
  }
  switch {
    make_jar("/usr/lib/box/jar", "/var/lib/box/jar")
    seal_jar("/usr/lib/box/jar", "/var/lib/box/jar")
    files.link("/opt/box", to: "/opt/box-2")
    files.install("payload/release", to: "/etc/box/release")
  }
  verify {
    files.expect("/etc/box/release", contains: "never")
  }
}
""".replace("takens", "takes    1s\n  timeout  20s")
OBSERVED = (SPEC.replace("OBSERVE-MAKE", 'observe  [tool, "see-made", file]')
            .replace("OBSERVE-SEAL", 'observe  [tool, "see-sealed", file]'))
BLIND = SPEC.replace("OBSERVE-MAKE", "").replace("OBSERVE-SEAL", "")

# As long as `jam` stands on the host the lid does not come off.
JAR_TOOL = """\
#!/bin/sh
jar=$ROOT$2
see() { if [ ! -e "$jar" ]; then echo none; else tr '\\n' ' ' < "$jar"; fi; }
case $1 in
  make) echo jam > "$jar" ;;
  unmake) rm -f "$jar" ;;
  seal) echo lid >> "$jar" ;;
  unseal)
    if [ -e "$ROOT/jam" ]; then echo "the lid is jammed"; exit 1; fi
    if [ -e "$jar" ]; then echo jam > "$jar"; fi
    ;;
  see-made)
    case $(see) in "jam ") exit 0 ;; none) exit 1 ;; *) exit 2 ;; esac ;;
  see-sealed)
    case $(see) in "jam lid ") exit 0 ;; "jam ") exit 1 ;; *) echo "there is $(see)"; exit 2 ;; esac ;;
esac
"""

MADE, SEALED = "switch/1", "switch/2"
WITHOUT = (box.STATE, "jam")


class Leftovers(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(self.spec, OBSERVED)
        box.write(os.path.join(self.host, "usr/lib/box/jar"), JAR_TOOL, 0o755)
        self.before = box.snapshot(self.host, WITHOUT)
        box.write(os.path.join(self.host, "jam"), "")

    def command(self, code, *words, options=("--yes", "--foreground")):
        if words[0] in ("status", "resolve"):
            options = ("--yes",) if words[0] == "resolve" else ()
        result = self.run_program(*words, "--root", self.host, *options)
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def resolve(self, code, *steps, settled_as="reverted"):
        return self.command(code, "resolve", *steps, "--as", settled_as, "--because", "put it back")

    def jar(self):
        path = os.path.join(self.host, "var/lib/box/jar")
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            return file.read()

    def write_jar(self, text):
        box.write(os.path.join(self.host, "var/lib/box/jar"), text)

    def status(self):
        result = self.run_program("status", "--root", self.host, "--format", "json")
        self.assertEqual(result.code, 0, result)
        return json.loads(result.out)["current"]

    def states(self):
        return {step["step"]: step["state"] for step in self.status()["steps"]}

    def assert_as_before(self):
        self.assertEqual(box.snapshot(self.host, WITHOUT), self.before)

    def other_than_before(self):
        now = box.snapshot(self.host, WITHOUT)
        return {path for path in now.keys() | self.before.keys()
                if now.get(path) != self.before.get(path)}

    def test_what_is_independent_goes_back_and_the_rest_is_named(self):
        said = self.command(4, "apply", "box.upg")
        self.assertEqual(self.states(), {
            "prepare/1": "reverted", MADE: "blocked", SEALED: "stuck", "switch/3": "reverted",
            "switch/4": "reverted", "verify/1": "pending"})
        self.assertEqual((self.release(), self.jar()), ("1.0.0", "jam\nlid\n"))
        self.assertEqual(self.other_than_before(), {"var/lib/box", "var/lib/box/jar"})
        shown = self.command(0, "status")
        for text in (said, shown):
            self.assertIn('needs a person: switch/2  seal_jar("/usr/lib/box/jar", "/var/lib/box/jar"): '
                          "`undo` ended with 1: the lid is jammed\n", text)
            self.assertIn("  left    file(/var/lib/box/jar)\n", text)
            self.assertIn("  finish  upgraph resolve switch/2 --as reverted --because WHY --root "
                          + self.host, text)
            self.assertIn("held back by `switch/2`", text)
        current = self.status()
        self.assertEqual((current["state"], current["finished"]), ("incomplete", False))
        made, sealed = current["leftovers"]
        self.assertEqual((made["step"], made["state"], made["left"]),
                         (MADE, "blocked", ["file(/var/lib/box/jar)"]))
        self.assertEqual(made["command"], "upgraph resume --root " + self.host)
        self.assertEqual(sealed["command"],
                         "upgraph resolve switch/2 --as reverted --because WHY --root " + self.host)
        # The same at the end of a run that is read by a program, and again as often as it is asked.
        again = self.run_program("resume", "--root", self.host, "--yes", "--foreground", "--format",
                                 "json")
        self.assertEqual(again.code, 4, again)
        final = json.loads(again.out.splitlines()[-1])
        self.assertEqual((final["exit_code"], final["leftovers"]), (4, [made, sealed]))

    def test_another_package_waits_until_it_is_settled(self):
        self.command(4, "apply", "box.upg")
        box.write(os.path.join(self.folder, "other.upg"), OBSERVED.replace("5m", "6m"))
        self.assertIn("is unfinished", self.command(5, "apply", "other.upg"))
        self.resolve(0, MADE, SEALED, settled_as="accepted")
        self.command(3, "resume")
        os.remove(os.path.join(self.host, "var/lib/box/jar"))
        self.command(4, "apply", "other.upg")
        self.assertEqual(len(self.runs()), 2)

    def test_what_is_mended_goes_back_by_itself(self):
        self.command(4, "apply", "box.upg")
        os.remove(os.path.join(self.host, "jam"))
        self.command(3, "resume")
        self.assert_as_before()
        self.command(0, "rollback")
        self.assertIn("no rollback", self.resolve(5, SEALED))

    def test_a_word_that_the_host_denies_is_not_taken(self):
        self.command(4, "apply", "box.upg")
        records = len(self.records())
        self.assertIn("waits for `switch/2`", self.resolve(5, MADE))
        self.assertEqual(len(self.records()), records)
        self.assertIn("it is as the step left it", self.resolve(4, SEALED))
        self.write_jar("half a lid\n")
        self.assertIn("there is half a lid", self.resolve(4, SEALED))
        self.assertIn("has no step `switch/7`", self.resolve(5, "switch/7"))
        self.assertIn("`prepare/1` is reverted; left over: `switch/1`, `switch/2`",
                      self.resolve(5, "prepare/1", settled_as="accepted"))
        self.assertEqual((self.states()[MADE], self.states()[SEALED]), ("blocked", "stuck"))
        self.assertNotIn("settled", self.records())

    def records(self):
        run = self.runs()[-1]["run"]
        result = self.run_program("history", run, "--root", self.host, "--format", "json")
        return [record["record"] for record in json.loads(result.out)["records"]]

    def test_a_word_that_the_host_bears_out_is_taken_and_the_rest_goes_on(self):
        self.command(4, "apply", "box.upg")
        self.write_jar("jam\n")
        said = self.resolve(0, SEALED)
        self.assertIn("settled; 1 more is left over", said)
        self.assertEqual([(left["step"], left["command"]) for left in self.status()["leftovers"]],
                         [(MADE, "upgraph resume --root " + self.host)])
        self.assertEqual((self.states()[MADE], self.states()[SEALED]), ("blocked", "reverted"))
        self.assertIn("settled; 1 more is left over", self.resolve(0, SEALED))
        self.assertEqual(self.records().count("settled"), 1)
        history = self.run_program("history", self.runs()[-1]["run"], "--root", self.host).out
        self.assertRegex(history, r"settled +switch/2 .* user \d+.*: put it back")
        self.command(3, "resume")
        self.assert_as_before()
        self.assertEqual(self.runs()[-1]["state"], "rolled back")
        self.command(0, "resume")
        self.assert_as_before()

    def test_what_hangs_together_is_settled_together(self):
        self.command(4, "apply", "box.upg")
        os.remove(os.path.join(self.host, "var/lib/box/jar"))
        # Alone the lid cannot be told to be off: the jar below it is gone.
        self.assertIn("there is none", self.resolve(4, SEALED))
        self.assertIn("nothing else is left over", self.resolve(0, MADE, SEALED))
        self.assertIn("nothing is left over", self.command(0, "status"))
        self.command(3, "resume")
        self.assert_as_before()

    def test_what_a_person_accepts_stays_and_is_named_in_the_end(self):
        self.command(4, "apply", "box.upg")
        self.write_jar("jam\nlid\nlabel\n")
        self.assertIn("1 more is left over", self.resolve(0, SEALED, settled_as="accepted"))
        current = self.status()
        self.assertEqual([step["accepted"] for step in current["steps"]],
                         [False, False, True, False, False, False])
        self.assertEqual([left["step"] for left in current["leftovers"]], [MADE])
        self.assertIn("resolve switch/1", current["leftovers"][0]["command"])
        self.assertRegex(self.command(0, "status"), r"stuck +switch/2 .*accepted by user \d+")
        # It is not tried again, jammed or not, and what is below it stays as well.
        os.remove(os.path.join(self.host, "jam"))
        self.command(4, "resume")
        self.assertEqual(self.jar(), "jam\nlid\nlabel\n")
        self.resolve(0, MADE, settled_as="accepted")
        self.assertIn("because a person accepted it: `switch/1`, `switch/2`",
                      self.command(3, "resume"))
        self.assertEqual(self.other_than_before(), {"var/lib/box", "var/lib/box/jar"})
        self.assertEqual(self.runs()[-1]["finished"], True)

    def test_a_step_that_cannot_tell_is_taken_at_the_persons_word(self):
        box.write(self.spec, BLIND)
        self.command(4, "apply", "box.upg")
        self.write_jar("jam\n")
        self.resolve(0, SEALED)
        self.command(3, "resume")
        self.assert_as_before()

    def test_the_command_line(self):
        self.assertIn("no rollback", self.resolve(5, SEALED))
        self.command(4, "apply", "box.upg")
        for words in (("--as", "reverted"), ("--because", "x"), ("--as", "gone", "--because", "x")):
            result = self.run_program("resolve", SEALED, *words, "--yes", "--root", self.host)
            self.assertEqual(result.code, 2, result)
        self.write_jar("jam\n")
        result = self.run_program("resolve", SEALED, "--as", "reverted", "--because", "x", "--root",
                                  self.host)
        self.assertEqual((result.code, "--yes" in result.err), (5, True), result)
        answer = self.run_program("resolve", SEALED, "--as", "reverted", "--because", "x", "--root",
                                  self.host, "--yes", "--format", "json")
        final = json.loads(answer.out.splitlines()[-1])
        self.assertEqual((final["exit_code"], [left["step"] for left in final["leftovers"]]),
                         (0, [MADE]))

    def test_a_rollback_after_the_commit_can_be_incomplete_too(self):
        box.write(self.spec, OBSERVED.replace('"never"', '"2.0.0"'))
        self.command(0, "apply", "box.upg")
        self.command(4, "rollback")
        self.write_jar("jam\n")
        self.resolve(0, SEALED)
        self.command(0, "rollback")
        self.assert_as_before()


if __name__ == "__main__":
    unittest.main(verbosity=2)
