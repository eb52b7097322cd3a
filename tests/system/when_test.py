"""`when`: the host decides once, before anything is touched, and a resumed run decides the same."""

import json
import os
import unittest

import box

WHEN = """\
  prepare {
    when from < v1.0.1 and files.is_there("/etc/box/legacy") {
      files.remove("/etc/box/legacy")
    }
    when arch in ["x86_64", "amd64"] {
      files.install("payload/opt/box", to: "/opt/box-x86")
    } else when arch == "arm64" {
      files.install("payload/opt/box", to: "/opt/box-arm")
    } else {
      lock files.lock("/nowhere") within 1s hold 1m {
        files.install("payload/opt/box", to: "/opt/box-other")
      }
    }
"""


class When(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.write_spec(box.SPEC)
        box.write(os.path.join(self.host, "etc/box/arch"), "arm64\n")

    def write_spec(self, spec):
        spec = spec.replace("\nupgrade", "\nlet arch = files.first_line(\"/etc/box/arch\")\n\nupgrade")
        spec = spec.replace("  prepare {\n", WHEN)
        box.write(self.spec, spec)

    def without_wait(self):
        self.write_spec(box.SPEC.replace(
            "    wait_for_go(\"/usr/lib/box/wait\", \"/var/lib/box/went\")\n", ""))

    def apply(self, code, *more):
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground",
                                  *more)
        self.assertEqual(result.code, code, result)
        return result

    def installed(self):
        return sorted(name for name in os.listdir(os.path.join(self.host, "opt"))
                      if name.startswith("box-") and name not in ("box-1", "box-2"))

    def test_each_arm(self):
        self.without_wait()
        for arch, folder in (("arm64", "box-arm"), ("amd64", "box-x86")):
            with self.subTest(arch=arch):
                self.tearDown()
                self.setUp()
                self.without_wait()
                box.write(os.path.join(self.host, "etc/box/arch"), arch + "\n")
                self.apply(0)
                self.assertEqual(self.installed(), [folder])

    def test_what_is_there_decides(self):
        self.without_wait()
        legacy = os.path.join(self.host, "etc/box/legacy")
        box.write(legacy, "old\n")
        out = self.apply(0).out
        self.assertFalse(os.path.exists(legacy))
        self.assertIn("/etc/box/legacy", out)
        before = self.run_program("status", "--root", self.host)
        self.assertEqual(before.code, 0, before)
        back = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(back.code, 0, back)
        self.assertTrue(os.path.exists(legacy))
        self.assertEqual(self.installed(), [])

    def test_a_lock_of_an_arm_that_is_left_out_is_not_taken(self):
        # /nowhere is not there, so taking its lock would fail.
        self.without_wait()
        self.apply(0)

    def test_the_plan_shows_what_is_left_out(self):
        shown = self.run_program("plan", "box.upg", "--root", self.host)
        self.assertEqual(shown.code, 0, shown)
        self.assertRegex(shown.out, r'box-x86.*left out\n.*not here: when arch in')
        self.assertRegex(shown.out, r'box-arm"\)  \d')
        as_json = json.loads(self.run_program("plan", "box.upg", "--root", self.host, "--format",
                                              "json").out)["plan"]
        self.assertEqual([step["path"] for step in as_json["left_out"]],
                         ["prepare/1/1/1", "prepare/2/1/1", "prepare/2/3/1/1"])
        self.assertIn('when arch == "arm64"',
                      [step["when"].split(", not ")[0] for step in as_json["steps"]])

    def test_a_resumed_run_does_not_ask_again(self):
        before = box.snapshot(self.host, (box.STATE, "etc/box/arch", *box.MARKERS))
        runner = self.start_program("apply", "box.upg", "--root", self.host, "--yes",
                                    "--foreground")
        self.wait_for_step()
        runner.kill()
        runner.communicate()
        box.write(os.path.join(self.host, "etc/box/arch"), "amd64\n")
        self.assertEqual(self.installed(), ["box-arm"])
        box.write(os.path.join(self.host, "go"), "")
        back = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(back.code, 0, back)
        self.assertEqual(box.snapshot(self.host, (box.STATE, "etc/box/arch", *box.MARKERS)), before)

    def test_a_fact_that_cannot_be_asked_refuses(self):
        os.remove(os.path.join(self.host, "etc/box/arch"))
        before = box.snapshot(self.host)
        result = self.apply(5)
        self.assertIn("fact `arch`", result.out + result.err)
        self.assertEqual(box.snapshot(self.host), before)


if __name__ == "__main__":
    unittest.main()
