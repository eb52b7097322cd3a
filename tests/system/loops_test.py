"""`for` over what the host gives: its elements are asked for once, and each has steps of its own."""

import json
import os
import unittest

import box

LOOP = """\
  prepare {
    for job in jobs max 3 {
      files.remove(job)
      when job != "/srv/jobs/b.job" {
        files.link("${job}.old", to: job)
      }
    }
"""
WAIT = "    wait_for_go(\"/usr/lib/box/wait\", \"/var/lib/box/went\")\n"


class Loops(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.write_spec(box.SPEC)
        self.make("a.job", "b.job", "notes", ".hidden.job")

    def write_spec(self, spec):
        spec = spec.replace("\nupgrade", "\nlet jobs = files.matching(\"/srv/jobs\", \"*.job\")\n\nupgrade")
        box.write(self.spec, spec.replace("  prepare {\n", LOOP))

    def make(self, *names):
        for name in names:
            box.write(os.path.join(self.host, "srv/jobs", name), name + "\n")

    def jobs(self):
        return sorted(os.listdir(os.path.join(self.host, "srv/jobs")))

    def run_on_host(self, command, code):
        result = self.run_program(*command, "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, code, result)
        return result

    def test_each_element_has_its_steps_and_its_way_back(self):
        self.write_spec(box.SPEC.replace(WAIT, ""))
        before = box.snapshot(self.host, (box.STATE,))
        out = self.run_on_host(("apply", "box.upg"), 0).out
        self.assertIn("prepare/1/srv-jobs-a.job/1", out)
        self.assertIn("prepare/1/srv-jobs-b.job/1", out)
        self.assertEqual(self.jobs(), [".hidden.job", "a.job.old", "notes"])
        shown = self.run_program("status", "--root", self.host)
        self.assertEqual(shown.code, 0, shown)
        self.assertNotIn("${jobs", shown.out)
        self.run_on_host(("rollback",), 0)
        self.assertEqual(box.snapshot(self.host, (box.STATE,)), before)

    def test_a_host_without_elements_has_no_turns(self):
        self.write_spec(box.SPEC.replace(WAIT, ""))
        for name in ("a.job", "b.job"):
            os.remove(os.path.join(self.host, "srv/jobs", name))
        out = self.run_on_host(("apply", "box.upg"), 0).out
        self.assertNotIn("prepare/1", out)

    def test_more_than_the_bound_is_refused_untouched(self):
        self.make("c.job")
        shown = self.run_program("plan", "box.upg", "--root", self.host, "--format", "json")
        self.assertEqual(shown.code, 0, shown)
        paths = [step["path"] for step in json.loads(shown.out)["plan"]["steps"]]
        self.assertIn("prepare/1/srv-jobs-c.job/1", paths)
        self.make("d.job")
        before = box.snapshot(self.host)
        result = self.run_on_host(("apply", "box.upg"), 5)
        self.assertIn("fact `jobs` has 4 elements on this host, and the spec goes through at most 3",
                      result.out + result.err)
        self.assertEqual(box.snapshot(self.host), before)

    def test_a_name_that_no_step_can_have_is_refused_untouched(self):
        self.make("c\n.job")
        before = box.snapshot(self.host)
        result = self.run_on_host(("apply", "box.upg"), 5)
        self.assertIn("control character", result.out + result.err)
        self.assertEqual(box.snapshot(self.host), before)

    def test_a_resumed_run_keeps_its_elements(self):
        before = box.snapshot(self.host, (box.STATE, *box.MARKERS))
        folder = os.path.join(self.host, "srv/jobs")
        times = os.stat(folder)
        runner = self.start_program("apply", "box.upg", "--root", self.host, "--yes",
                                    "--foreground")
        self.wait_for_step()
        runner.kill()
        runner.communicate()
        # Of the two that were there one is gone by the run itself, and a stranger has come.
        self.make("0.job")
        box.write(os.path.join(self.host, "go"), "")
        self.run_on_host(("resume",), 0)
        self.assertEqual(self.jobs(), [".hidden.job", "0.job", "a.job.old", "notes"])
        self.run_on_host(("rollback",), 0)
        os.remove(os.path.join(folder, "0.job"))
        os.utime(folder, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.assertEqual(box.snapshot(self.host, (box.STATE, *box.MARKERS)), before)


if __name__ == "__main__":
    unittest.main()
