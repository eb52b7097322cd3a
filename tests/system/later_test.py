"""The timer that calls `upgraph tick`, on a real systemd. Ends with 77 where none can be booted."""

import os
import unittest

import box
import boot_test

LATER = ("""contains: "2.0.0")
  }
""", """contains: "2.0.0")
  }
  cleanup after 2s { files.remove("/opt/box-1") }
""")
SHORT = ("  downtime ", "  retain 1s\n  downtime ")


class Later(boot_test.BootedMachine):
    def setUp(self):
        super().setUp()
        self.all_before = self.all_unit_files()
        self.go()

    def unit(self, kind):
        names = {line.split(" ")[0].rsplit("/", 1)[1] for line in self.all_unit_files()}
        found = [name for name in names if name.startswith("upgraph-tick-") and name.endswith(kind)]
        return found[0] if found else None

    def apply_it(self, *changes):
        self.write_spec(LATER, *changes)
        watcher = self.apply()
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 0, out + err)

    def is_active(self, unit):
        return self.inside("systemctl", "is-active", "--quiet", unit).code == 0

    def tick_until(self, condition, what):
        """What the timer starts; nobody waits for its minute."""
        service = self.unit(".service")

        def tick():
            if condition():
                return True
            self.inside("systemctl", "start", service)
            return condition()
        self.wait_until(tick, what)

    def test_it_is_there_until_nothing_is_to_come_over_a_boot_as_well(self):
        self.apply_it(SHORT)
        timer = self.unit(".timer")
        self.assertTrue(self.is_active(timer))
        self.assertIn("upgraph-tick-", self.inside("systemctl", "list-timers", timer).out)
        self.assertTrue(self.status()["current"]["ticked_by_timer"])
        self.kill_machine()
        self.boot()
        self.assertTrue(self.is_active(timer))
        self.tick_until(lambda: self.unit(".timer") is None, "the timer goes")
        self.assertFalse(os.path.exists(os.path.join(self.host, "opt/box-1")))
        self.assertIsNone(self.status()["current"]["ticked_by_timer"])
        self.assertFalse(self.is_active(timer))
        self.assertEqual(self.all_unit_files(), self.all_before)

    def test_an_unfinished_run_is_no_failure_of_it(self):
        self.apply_it()
        service = self.unit(".service")
        self.inside("systemctl", "stop", self.unit(".timer"))  # its minute decides nothing here
        for name in ("go", "waiting", "var/lib/box/went"):
            os.remove(os.path.join(self.host, name))
        box.write(os.path.join(self.host, "etc/box/release"), "1.0.0\n")
        watcher = self.apply()
        self.wait_for_step()
        started = self.inside("systemctl", "start", service)
        self.assertEqual(started.code, 0, started)
        said = self.inside("journalctl", "--no-pager", "-b", "-u", service)
        self.assertNotIn("Failed with result", said.out)
        self.assertIsNotNone(self.unit(".timer"))
        self.go()
        watcher.communicate(timeout=60)

    def test_a_process_on_a_folder_has_none_and_says_so(self):
        self.write_spec(LATER)
        runner = self.start_inside("apply", "/run/share/work/box.zip", "--root",
                                   "/run/share/work/host", "--runner", "process", "--yes")
        out, err = runner.communicate(timeout=60)
        self.assertEqual(runner.returncode, 0, out + err)
        self.assertIn("no timer of this system will call it", out)
        self.assertEqual(self.all_unit_files(), self.all_before)
        shown = self.inside("/run/share/upgraph", "status", "--root", "/run/share/work/host")
        self.assertRegex(shown.out, r"later +no timer of this system calls `upgraph tick`\n")

    def test_a_run_that_was_rolled_back_leaves_none(self):
        self.write_spec(LATER, ('contains: "2.0.0")', 'contains: "9.9.9", within: 1s)'))
        watcher = self.apply()
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 3, out + err)
        self.assertNotIn("no timer", out)
        self.assertEqual(self.all_unit_files(), self.all_before)


if __name__ == "__main__":
    unittest.main()
