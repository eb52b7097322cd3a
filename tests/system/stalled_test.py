"""A runner that is stopped, as by a debugger or a frozen machine, for longer than everything in it may
take: meanwhile nobody takes its place, and afterwards nothing is done twice."""

import os
import signal
import time
import unittest

import box

TIMEOUT_S = 2


class StalledTest(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(self.spec, box.SPEC.replace("timeout  60s", f"timeout  {TIMEOUT_S}s"))
        # Each start of the step is counted.
        tool = box.WAIT_TOOL.replace("  do)\n", '  do)\n    echo do >> "$ROOT/slow"\n')
        tool = tool.replace('while [ -e "$ROOT/slow" ]; do sleep 0.02; done', ":")
        box.write(os.path.join(self.host, "usr/lib/box/wait"), tool, 0o755)
        self.before = box.snapshot(self.host)

    def counted(self):
        with open(os.path.join(self.host, "slow"), encoding="utf-8") as file:
            return file.read().split()

    def test_nobody_takes_over_and_what_is_late_goes_back(self):
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.wait_for_step()
        run.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        try:
            while time.monotonic() < begin + TIMEOUT_S + 1:
                for command in (["resume"], ["rollback"], ["apply", self.spec]):
                    result = self.run_program(*command, "--root", self.host, "--yes",
                                              "--foreground")
                    self.assertEqual(result.code, 5, result)
                    self.assertIn("another run is alive", result.out + result.err)
        finally:
            run.send_signal(signal.SIGCONT)
        out, err = run.communicate(timeout=60)
        result = box.Result(run.returncode, out, err)
        self.assertEqual(run.returncode, 3, result)
        self.assertIn(f"took longer than {TIMEOUT_S}s", out)
        self.assertEqual(self.counted(), ["do"])
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_what_was_done_meanwhile_is_not_done_again(self):
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.wait_for_step()
        run.send_signal(signal.SIGSTOP)
        # The command is nobody's to stop: it ends while its runner stands still.
        self.go()
        self.wait_until(lambda: os.path.exists(os.path.join(self.host, "var/lib/box/went")), "went")
        run.send_signal(signal.SIGCONT)
        out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0, box.Result(run.returncode, out, err))
        self.assertEqual(self.counted(), ["do"])
        self.assertEqual(self.release(), "2.0.0")


if __name__ == "__main__":
    unittest.main()
