"""A named lock is held while the steps in its scope are at work, and taken again for their way back and in
the recovery of a run whose runner is dead."""

import fcntl
import os
import signal
import unittest

import box

LOCKED = "var/lib/box"
STEP = '    wait_for_go("/usr/lib/box/wait", "/var/lib/box/went")\n'


class LocksTest(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(self.spec, box.SPEC.replace(
            STEP, '    lock files.lock("/var/lib/box") within 30s hold 5m {\n  ' + STEP + "    }\n"))
        self.before = box.snapshot(self.host)
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.wait_for_step()
        self.assertTrue(self.is_held())
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=60)
        self.wait_until(lambda: not self.is_held(), "nobody holds the lock of a dead run")

    def is_held(self):
        descriptor = os.open(os.path.join(self.host, LOCKED), os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def recover(self, verb, marker):
        """Until it is at the locked step again."""
        run = self.start_program(verb, "--root", self.host, "--yes", "--foreground")
        self.wait_for_marker(marker)
        self.assertTrue(self.is_held())
        return run

    def finish(self, run):
        out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0, out + err)
        self.assertFalse(self.is_held())

    def test_going_on(self):
        self.remove_markers()
        run = self.recover("resume", "waiting")
        self.go()
        self.finish(run)
        self.assertEqual(self.release(), "2.0.0")

    def test_going_back(self):
        box.write(os.path.join(self.host, "slow"), "")
        run = self.recover("rollback", "undoing")
        os.remove(os.path.join(self.host, "slow"))
        self.finish(run)
        self.assertEqual(box.snapshot(self.host), self.before)


if __name__ == "__main__":
    unittest.main()
