"""A journal that is not what was written: every command that would act on it ends with 8, says so, and
touches neither the host nor what is left of the state."""

import json
import os
import signal
import unittest

import box


class DamageTest(box.BoxTest):
    def setUp(self):
        super().setUp()
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.wait_for_step()
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=60)
        runs = os.path.join(self.host, box.STATE, "runs")
        self.run_folder = os.path.join(runs, os.listdir(runs)[0])

    def path(self, name):
        return os.path.join(self.run_folder, name)

    def flip(self, name, at):
        with open(self.path(name), "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 0x10]))

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def assert_damaged(self, why):
        """By every command that would act."""
        host = box.snapshot(self.host)
        state = {name: self.read(name) for name in ("journal.db", "journal.db-wal", "head")}
        for command in (["resume"], ["rollback"], ["apply", self.spec], ["tick"],
                        ["resolve", "switch/2", "--as", "reverted", "--because", "by hand"]):
            more = ["--yes"] if command[0] != "tick" else []
            if command[0] not in ("tick", "resolve"):
                more.append("--foreground")
            result = self.run_program(*command, "--root", self.host, *more, "--format", "json")
            self.assertEqual(result.code, 8, f"{command}: {result}")
            last = json.loads(result.out.strip().splitlines()[-1])
            self.assertRegex(last["reason"], why)
            self.assertIn("nothing was changed", last["reason"])
            self.assertFalse(last["retry"])
        self.assertEqual(box.snapshot(self.host), host)
        self.assertEqual({name: self.read(name) for name in state}, state)

    def test_a_flipped_bit_in_the_log_hides_what_was_durable(self):
        # SQLite takes the log to end before it, and opens an older state without a word.
        log = self.read("journal.db-wal")
        self.flip("journal.db-wal", 32 + 24 + 2000)
        self.assertNotEqual(self.read("journal.db-wal"), log)
        self.assert_damaged("its end is lost|hash|integrity|malformed")

    def test_a_log_that_is_gone(self):
        with open(self.path("journal.db-wal"), "r+b") as file:
            file.truncate(0)
        self.assert_damaged("its end is lost")

    def test_a_database_that_is_none(self):
        with open(self.path("journal.db"), "r+b") as file:
            file.write(b"this is no database, and it never was one")
        self.assert_damaged("not a database|malformed|journal")

    def test_a_package_that_is_another(self):
        self.flip("package.zip", os.path.getsize(self.path("package.zip")) // 2)
        self.assert_damaged("package")


if __name__ == "__main__":
    unittest.main()
