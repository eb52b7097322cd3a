"""A host three hops away from the newest release: one run over all of them, and all the way back."""

import json
import os
import unittest

import box

HEAD = """\
import std.files

product box {
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0, v3.0.0, v4.0.0
  withdrawn  v3.1.0 "loses sessions"
}
"""

# Each hop brings its own tree, takes the old one away and writes the release. What stands in the
# release file is what the hop before has written: a look at it in preflight waits for that.
HOP = """
upgrade v%(from)d.0 ..< v%(to)d.0 -> v%(to)d.0.0 {
  window    10m
  downtime  1m
  ticket    "BOX-%(to)d"

  preflight {
    files.require_space("/var", 1MiB)
    files.expect("/etc/box/release", contains: "%(from)d.")
  }
  prepare { files.install("payload/box-%(to)d", to: "/opt/box-${to}") }
  switch {
    files.link("/opt/box", to: "/opt/box-${to}")
    files.install("payload/release-%(to)d", to: "/etc/box/release")
  }
  verify { files.expect("/opt/box/boxd", contains: "%(shown)s") }
  cleanup { files.remove("/opt/box-${from}") }
}
"""

WAITING = """
/// Waits for the file `go` on the host, so that a test decides when it ends.
step wait_for_go(tool: Path, file: Path) {
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
"""


def hop(to, shown=None):
    return HOP % {"from": to - 1, "to": to, "shown": shown or f"echo {to}"}


class Hops(box.BoxTest):
    def setUp(self):
        super().setUp()
        for to in (2, 3, 4):
            box.write(os.path.join(self.folder, f"payload/release-{to}"), f"{to}.0.0\n")
            box.write(os.path.join(self.folder, f"payload/box-{to}/boxd"),
                      f"#!/bin/sh\necho {to}\n", 0o755)
        os.rename(os.path.join(self.host, "opt/box-1"), os.path.join(self.host, "opt/box-1.0.0"))
        os.remove(os.path.join(self.host, "opt/box"))
        os.symlink("/opt/box-1.0.0", os.path.join(self.host, "opt/box"))
        self.write_spec(hop(2), hop(3), hop(4))
        self.before = box.snapshot(self.host)

    def write_spec(self, *hops, head=HEAD):
        box.write(self.spec, head + "".join(hops))

    def apply(self, code, *more):
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes",
                                  "--foreground", *more)
        self.assertEqual(result.code, code, result)
        return result

    def trees(self):
        return sorted(os.listdir(os.path.join(self.host, "opt")))

    def assert_as_before(self):
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_one_run_over_all(self):
        package = self.pack()
        result = self.run_program("apply", package, "--root", self.host, "--yes")
        self.assertEqual(result.code, 0, result)
        self.assertIn("v1.0.0 -> v4.0.0 is done", result.out + result.err)
        self.assertEqual(self.release(), "4.0.0")
        self.assertEqual(self.trees(), ["box", "box-4.0.0"])
        self.assertEqual(os.readlink(os.path.join(self.host, "opt/box")), "/opt/box-4.0.0")
        runs = self.runs()
        self.assertEqual([(run["from"], run["to"]) for run in runs], [("1.0.0", "4.0.0")])
        self.assertIn("already there: v4.0.0", self.apply(0).out)
        self.assertEqual(len(self.runs()), 1)

    def test_back_over_all_after_the_commit(self):
        self.apply(0)
        result = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)
        self.assert_as_before()

    def test_a_failure_in_the_last_hop_turns_all_back(self):
        self.write_spec(hop(2), hop(3), hop(4, shown="echo 5"))
        result = self.apply(3)
        self.assertIn("rolled back to v1.0.0", result.out + result.err)
        self.assert_as_before()

    def test_a_late_preflight_turns_all_back(self):
        # The third hop looks for what the second one does not write.
        self.write_spec(hop(2), hop(3), hop(4).replace('contains: "3."', 'contains: "nothing"'))
        result = self.apply(3)
        self.assertIn("v4.0.0/preflight/2", result.out + result.err)
        self.assert_as_before()
        # One that is known from the start refuses the run before anything is touched.
        self.write_spec(hop(2), hop(3), hop(4).replace("1MiB", "1000000GiB"))
        self.assertIn("1000000GiB", self.apply(5).err)
        self.assert_as_before()
        self.assertEqual(len(self.runs()), 1)

    def test_to(self):
        self.apply(0, "--to", "v3.0.0")
        self.assertEqual((self.release(), self.trees()), ("3.0.0", ["box", "box-3.0.0"]))
        self.assertIn("already there: v3.0.0", self.apply(0, "--to", "3.0.0").out)
        self.assertIn("no upgrade leads from there to v3.5.0", self.apply(5, "--to", "v3.5.0").err)
        self.assertIn("not a version", self.apply(5, "--to", "newest").err)
        self.apply(0)
        self.assertEqual([(run["from"], run["to"]) for run in self.runs()],
                         [("3.0.0", "4.0.0"), ("1.0.0", "3.0.0")])

    def test_stop(self):
        self.write_spec(hop(2), hop(3), hop(4), head=HEAD.replace(
            "  withdrawn", '  stops      v3.0.0 "the index is rebuilt"\n  withdrawn'))
        first = self.apply(0)
        self.assertIn("it stops here: the index is rebuilt; apply again to go on to v4.0.0",
                      first.out + first.err)
        self.assertEqual((self.release(), self.trees()), ("3.0.0", ["box", "box-3.0.0"]))
        self.apply(0)
        self.assertEqual((self.release(), len(self.runs())), ("4.0.0", 2))
        # The way back is the last run's: to the stop.
        result = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual((result.code, self.release()), (0, "3.0.0"), result)

    def interrupted(self):
        """The runner is killed while the second hop switches."""
        self.write_spec(WAITING, hop(2), hop(3).replace(
            "  switch {\n", '  switch {\n    wait_for_go("/usr/lib/box/wait", "/var/lib/box/went")\n'),
                        hop(4))
        with self.start_program("apply", "box.upg", "--root", self.host, "--yes") as applying:
            self.wait_for_step()
            self.assertEqual(self.release(), "2.0.0")
            self.kill_runner()
            applying.communicate()
        self.assertEqual(applying.returncode, 6)

    def test_killed_in_the_second_hop_and_resumed(self):
        self.interrupted()
        self.go()
        result = self.run_program("resume", "--root", self.host, "--yes")
        self.assertEqual((result.code, self.release()), (0, "4.0.0"), result)
        self.assertEqual(self.trees(), ["box", "box-4.0.0"])
        result = self.run_program("rollback", "--root", self.host, "--yes")
        self.assertEqual(result.code, 0, result)
        self.assert_as_before()

    def test_killed_in_the_second_hop_and_rolled_back(self):
        self.interrupted()
        result = self.run_program("rollback", "--root", self.host, "--yes")
        self.assertEqual(result.code, 0, result)
        self.assert_as_before()

    def test_plan_of_a_host(self):
        shown = self.run_program("plan", "box.upg", "--root", self.host)
        self.assertEqual(shown.code, 0, shown)
        places = [shown.out.index(text) for text in (
            "v2.0.0/preflight/1", "v4.0.0/preflight/1", "prepare to v2.0.0", "verify to v2.0.0",
            "prepare to v3.0.0", "v3.0.0/preflight/2", "switch to v3.0.0", "verify to v4.0.0",
            "cleanup to v2.0.0", "cleanup to v4.0.0")]
        self.assertEqual(places, sorted(places), shown)
        self.assertIn("BOX-2, BOX-3, BOX-4", shown.out)
        other = self.run_program("plan", "box.upg", "--from", "v3.0.0", "--format", "json")
        plan = json.loads(other.out)["plan"]
        self.assertEqual(plan["hops"], [{"from": "3.0.0", "to": "4.0.0"}])
        for code, arguments in ((2, ("--from", "newest")), (2, ("--from", "v3.1.0")),
                                (2, ("--from", "v4.0.0")), (2, ("--to", "v3.0.0")),
                                (2, ("--from", "v1.0.0", "--root", self.host))):
            self.assertEqual(self.run_program("plan", "box.upg", *arguments).code, code)
        each = self.run_program("plan", "box.upg", "--format", "json")
        self.assertEqual([plan["to"] for plan in json.loads(each.out)["plans"]],
                         ["2.0.0", "3.0.0", "4.0.0"])
        self.assertEqual(self.run_program("graph", "box.upg", "--from", "v1.0.0").out
                         .count("digraph"), 1)

    def test_paths(self):
        result = self.run_program("paths", "box.upg")
        self.assertEqual(result.code, 0, result)
        self.assertRegex(result.out, r"(?m)^v1\.0\.0 +-> v2\.0\.0 -> v3\.0\.0 -> v4\.0\.0 +"
                                     r"downtime \S+ +window 30m$")
        self.assertRegex(result.out, r"(?m)^v3\.1\.0 +no path: .*withdrawn: loses sessions$")
        paths = json.loads(self.run_program("paths", "box.upg", "--to", "v3.0.0", "--format",
                                            "json").out)["paths"]
        self.assertEqual([(path["from"], path["path"], len(path["hops"])) for path in paths],
                         [("v1.0.0", "applies", 2), ("v2.0.0", "applies", 1),
                          ("v3.0.0", "at-target", 0), ("v3.1.0", "no-path", 0),
                          ("v4.0.0", "no-path", 0)])

    def test_withdrawn(self):
        box.write(os.path.join(self.host, "etc/box/release"), "3.1.0\n")
        self.before = box.snapshot(self.host)
        result = self.apply(5)
        self.assertIn("v3.1.0 is installed, which was withdrawn: loses sessions", result.err)
        self.assert_as_before()
        self.write_spec(hop(2), hop(3), hop(4).replace("v3.0 ..< v4.0", "v3.0 ..< v4.0, v3.1.0")
                        .replace('remove("/opt/box-${from}")', 'remove("/opt/box-1.0.0")'))
        self.apply(0)
        self.assertEqual((self.release(), self.trees()), ("4.0.0", ["box", "box-4.0.0"]))

    def test_downgrade(self):
        down = """
downgrade v4.0.0 -> v2.0.0 {
  downtime  1m
  prepare { files.install("payload/box-2", to: "/opt/box-${to}") }
  switch {
    files.link("/opt/box", to: "/opt/box-${to}")
    files.install("payload/release-2", to: "/etc/box/release")
  }
  verify { files.expect("/opt/box/boxd", contains: "%s") }
  cleanup { files.remove("/opt/box-${from}") }
}
"""
        self.write_spec(hop(2), hop(3), hop(4), down % "echo 2")
        self.apply(0)
        before = box.snapshot(self.host)
        # Nobody goes down without asking.
        self.assertIn("already there: v4.0.0", self.apply(0).out)
        self.assertIn("no downgrade leads from there to v3.0.0", self.apply(5, "--to", "v3.0.0").err)
        paths = self.run_program("paths", "box.upg", "--from", "v4.0.0").out
        self.assertRegex(paths, r"(?m)^v4\.0\.0 +-> v2\.0\.0 \(only with --to\)")
        self.write_spec(hop(2), hop(3), hop(4), down % "echo 9")
        self.apply(3, "--to", "v2.0.0")
        self.assertEqual(box.snapshot(self.host), before)
        self.write_spec(hop(2), hop(3), hop(4), down % "echo 2")
        self.assertIn("v4.0.0 -> v2.0.0 is done", self.apply(0, "--to", "v2.0.0").out)
        self.assertEqual((self.release(), self.trees()), ("2.0.0", ["box", "box-2.0.0"]))
        self.apply(0)
        self.assertEqual(self.release(), "4.0.0")


if __name__ == "__main__":
    unittest.main()
