"""What a boot does with a run, on a real systemd that is rebooted, or whose PID 1 is killed. Ends with
77 where none can be booted."""

import json
import os
import subprocess
import unittest

import box
import service_test

UNIT_FOLDER = "/etc/systemd"


class BootedMachine(service_test.Machine):
    def setUp(self):
        if not self.is_up():
            self.boot()
        super().setUp()
        self.units_before = self.unit_files()

    def end_runner(self):
        if not self.is_up():
            self.boot()
        super().end_runner()

    def write_spec_with_reboot(self, *changes):
        self.write_spec(("import std.files\n", "import std.files\nimport std.host\n"),
                        ("    wait_for_go(", "    host.reboot()\n    wait_for_go("), *changes)

    def is_up(self):
        """Up, and not on its way down."""
        return not self.is_down() and self.inside("test", "-e", "/run/share/upgraph").code == 0

    def boot(self):
        done = subprocess.run([service_test.HOST_TOOL, "boot", self.machine], check=False,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def kill_machine(self):
        subprocess.run([service_test.HOST_TOOL, "kill", self.machine], check=True)
        self.assertFalse(self.is_up())

    def wait_for_the_end_of_the_boot(self):
        self.wait_until(self.is_down, "the machine goes down")

    def unit_files(self):
        """Each name with its time: a run leaves nothing there but the timer for what comes later."""
        return [line for line in self.all_unit_files()
                if "upgraph-tick" not in line and "/timers.target.wants " not in line]

    def all_unit_files(self):
        found = self.inside("find", UNIT_FOLDER, "-printf", "%p %T@ %l\n")
        self.assertEqual(found.code, 0, found)
        return sorted(found.out.splitlines())

    def has_boot_unit(self):
        return any("upgraph-recover-" in line for line in self.unit_files())

    def run_state(self):
        return self.status()["current"]["state"]

    def wait_for_state(self, state):
        self.wait_until(lambda: self.run_state() == state and not self.status()["running"], state)

    def assert_nothing_is_left(self):
        self.wait_until(lambda: not self.has_boot_unit(), "the unit is removed")
        self.assertEqual(self.unit_files(), self.units_before)

    def assert_back(self):
        self.wait_for_state("rolled back")
        self.assertEqual(box.snapshot(self.host), self.before)
        self.assert_nothing_is_left()

    def resumptions(self):
        """What each runner said that it does, and why."""
        runs = os.path.join(self.host, box.STATE, "runs")
        path = os.path.join(runs, os.listdir(runs)[0], "progress.jsonl")
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return [line["text"] for line in lines if line["event"] == "resumed"]


class Boot(BootedMachine):
    def test_forward_over_a_reboot_of_the_plan(self):
        self.write_spec_with_reboot()
        self.go()
        watcher = self.apply("--may-reboot")
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 6, out + err)
        self.assertIn("the system reboots, as the plan says; the run goes on after it by itself",
                      out)
        self.wait_for_the_end_of_the_boot()
        self.assertEqual(self.release(), "1.0.0")
        self.boot()
        self.wait_for_state("committed")
        self.assertEqual(self.release(), "2.0.0")
        self.assertEqual(self.resumptions(), ["forward: the plan ordered the reboot"])
        self.assert_nothing_is_left()

    def test_a_failure_after_the_reboot_goes_back_over_a_second_one(self):
        self.write_spec_with_reboot(('contains: "2.0.0"', 'contains: "9.9.9", within: 1s'))
        self.go()
        self.apply("--may-reboot").communicate(timeout=60)
        self.wait_for_the_end_of_the_boot()
        self.boot()
        self.wait_for_the_end_of_the_boot()
        # All but the reboot is as before already: the next boot finds it so.
        self.assertEqual(box.snapshot(self.host), self.before)
        self.boot()
        self.assert_back()
        self.assertEqual(self.resumptions(), ["forward: the plan ordered the reboot",
                                              "back: it was turning back"])

    def test_without_leave_this_system_is_not_rebooted(self):
        self.write_spec_with_reboot()
        watcher = self.apply()
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 5, out + err)
        self.assertIn("would reboot this system", err)
        self.assertTrue(self.is_up())
        self.assert_nothing_is_left()

    def test_killed_in_the_run_the_next_boot_turns_it_back(self):
        watcher = self.apply()
        self.wait_for_step()
        self.assertTrue(self.has_boot_unit())
        self.assertTrue(self.status()["current"]["recovered_at_boot"])
        self.kill_machine()
        watcher.communicate(timeout=60)
        self.boot()
        self.assert_back()
        self.assertEqual(self.resumptions(), ["back: nobody asked to go on"])

    def test_killed_on_the_way_back_the_next_boot_ends_it(self):
        box.write(os.path.join(self.host, "slow"), "")
        watcher = self.apply()
        self.wait_for_step()
        stopping = subprocess.Popen([service_test.HOST_TOOL, "run", self.machine, "systemctl",
                                     "stop", self.units()[0]], stderr=subprocess.DEVNULL)
        self.wait_for_marker("undoing")
        self.kill_machine()
        watcher.communicate(timeout=60)
        stopping.communicate(timeout=60)
        self.assertTrue(os.path.exists(os.path.join(self.host, "slow")))
        os.remove(os.path.join(self.host, "undoing"))
        self.boot()
        self.wait_for_marker("undoing")
        self.kill_machine()  # and once more, in the recovery
        os.remove(os.path.join(self.host, "slow"))
        self.boot()
        self.assert_back()
        self.assertEqual(self.resumptions(), ["back: it was turning back"] * 2)

    def test_a_process_on_a_folder_is_not_recovered_and_status_says_so(self):
        runner = self.start_inside("apply", "/run/share/work/box.zip", "--root",
                                   "/run/share/work/host", "--runner", "process", "--yes")
        self.wait_for_step()
        self.assertFalse(self.status()["current"]["recovered_at_boot"])
        shown = self.inside("/run/share/upgraph", "status", "--root", "/run/share/work/host")
        self.assertRegex(shown.out, r"at boot +nobody goes on with it: `upgraph recover` would\n")
        self.assertEqual(self.unit_files(), self.units_before)
        self.go()
        out, err = runner.communicate(timeout=60)
        self.assertEqual(runner.returncode, 0, out + err)


if __name__ == "__main__":
    unittest.main()
