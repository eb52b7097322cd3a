"""A secret reaches the command that uses it, and nothing that a run leaves behind."""

import os
import unittest

import box

CANARY = "canary-77e1f0c2a94b"

TOOL = """\
#!/bin/sh
# push FILE: takes the token from the file, and says too much when it fails.
token=$(cat "$1") || exit 1
ps -eo args > "$ROOT/run/processes"
printf %s "$token" | sha256sum > "$ROOT/run/pushed"
if [ -e "$ROOT/run/refuse" ]; then echo "token $token refused"; exit 3; fi
"""

STEP = """\
/// Tells the controller that the host is new.
step push(token: Secret) {
  phases   switch
  writes   file("/run/pushed")
  reverses by compensation
  takes    1s
  timeout  1m
  do       ["/usr/lib/box/push", token]
  undo     ["/bin/true"]
}

upgrade"""


class Secrets(box.BoxTest):
    def setUp(self):
        super().setUp()
        spec = box.SPEC.replace("import std.files", "import std.credentials\nimport std.files")
        spec = spec.replace("\nupgrade", "\n" + STEP)
        spec = spec.replace("    wait_for_go(\"/usr/lib/box/wait\", \"/var/lib/box/went\")\n",
                            "    push(credentials.file(\"/etc/box/token\"))\n")
        spec = spec.replace("  downtime", "  allow     opaque-step-fenced because \"a test\"\n  downtime")
        box.write(self.spec, spec)
        box.write(os.path.join(self.host, "usr/lib/box/push"), TOOL, 0o755)
        box.write(os.path.join(self.host, "etc/box/token"), CANARY + "\n", 0o600)
        os.makedirs(os.path.join(self.host, "run"), exist_ok=True)

    def apply(self, code):
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground",
                                  "--format", "json")
        self.assertEqual(result.code, code, result)
        return result

    def assert_nowhere(self, *texts):
        for text in texts:
            self.assertNotIn(CANARY, text)
        self.assert_in_no_file(CANARY, but="etc/box/token")

    def test_it_reaches_the_command_alone(self):
        result = self.apply(0)
        with open(os.path.join(self.host, "run/pushed"), encoding="utf-8") as file:
            self.assertEqual(file.read().split()[0], box.sha256(CANARY.encode()).hexdigest())
        plan = self.run_program("plan", "box.upg", "--format", "json")
        sema = self.run_program("check", "--dump=plan", "box.upg")
        packed = self.run_program("pack", "box.upg", "-o", "box.zip")
        self.assertEqual((plan.code, sema.code, packed.code), (0, 0, 0), plan)
        self.assertIn("credentials.file", sema.out)
        report = self.run_program("report", "--root", self.host)
        told = self.run_program("report", "--root", self.host, "--format", "json")
        self.assertEqual((report.code, told.code), (0, 0), told)
        self.assert_nowhere(result.out, result.err, plan.out, sema.out, report.out, told.out)

    def test_a_command_that_says_too_much(self):
        box.write(os.path.join(self.host, "run/refuse"), "")
        result = self.apply(3)
        self.assertIn("token (secret) refused", result.out)
        status = self.run_program("status", "--root", self.host)
        report = self.run_program("report", "--root", self.host)
        self.assertIn("token (secret) refused", report.out)
        self.assert_nowhere(result.out, result.err, status.out, report.out)

    def test_preflight_refuses_what_others_can_read(self):
        os.chmod(os.path.join(self.host, "etc/box/token"), 0o644)
        before = box.snapshot(self.host)
        result = self.apply(5)
        self.assertIn("can be read by others", result.out)
        self.assertEqual(box.snapshot(self.host), before)
        self.assert_nowhere(result.out, result.err)


if __name__ == "__main__":
    unittest.main()
