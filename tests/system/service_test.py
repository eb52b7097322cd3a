"""The runner as a transient service, under a real systemd. Ends with 77 where none can be booted."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import box
import keys

HOST_TOOL = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../support/systemd_host.sh")


class Machine(box.BoxTest):
    """A system of its own for each class, with the box on it."""

    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="upgraph-systemd-")
        cls.machine = os.path.join(cls.top, "machine")
        started = subprocess.run([HOST_TOOL, "start", cls.machine], capture_output=True, text=True,
                                 check=False)
        if started.returncode != 0:
            shutil.rmtree(cls.top, ignore_errors=True)
            print("no systemd can be booted here:", started.stderr, file=sys.stderr)
            sys.exit(77)
        # The program stands where both sides see it.
        cls.program = os.path.join(cls.machine, "share", "upgraph")
        shutil.copy(box.PROGRAM, cls.program)

    @classmethod
    def tearDownClass(cls):
        subprocess.run([HOST_TOOL, "stop", cls.machine], check=False)
        shutil.rmtree(cls.top, ignore_errors=True)

    def setUp(self):
        super().setUp()
        # Inside it is /run/share/work; nothing of it may lie on the overlay.
        inside = os.path.join(self.machine, "share/work")
        shutil.move(self.folder, inside)
        self.folder = inside
        self.spec = os.path.join(inside, "box.upg")
        self.host = os.path.join(inside, "host")
        self.before = box.snapshot(self.host)
        self.write_spec()

    def tearDown(self):
        super().tearDown()
        if not self.is_down():  # the next case has the same root
            self.inside("sh", "-c", "systemctl stop 'upgraph-tick*.timer'; cd /etc/systemd/system; "
                                    "rm -f upgraph-tick* timers.target.wants/upgraph-tick*; "
                                    "rmdir timers.target.wants")

    def write_spec(self, *changes):
        """Without a window: nobody keeps the clock of a test's machine right over a reboot."""
        spec = box.SPEC.replace("  window    1h\n", "").replace("downtime  5m", "downtime  30m")
        for old, new in changes:
            self.assertIn(old, spec)
            spec = spec.replace(old, new)
        box.write(self.spec, spec)
        result = self.inside("/run/share/upgraph", "pack", "/run/share/work/box.upg", "-o",
                             "/run/share/work/box.zip")
        self.assertEqual(result.code, 0, result)

    def end_runner(self):
        self.wait_until(lambda: not self.status()["running"], "the runner ends", 90)

    def inside(self, *command):
        done = subprocess.run([HOST_TOOL, "run", self.machine, *command], capture_output=True,
                              text=True, timeout=120, check=False)
        return box.Result(done.returncode, done.stdout, done.stderr)

    def must(self, *command):
        result = self.inside(*command)
        self.assertEqual(result.code, 0, result)
        return result.out

    def is_down(self):
        """Seen from outside: whoever enters a system that goes down may hold it there."""
        with open(os.path.join(self.machine, "outer.pid"), encoding="utf-8") as file:
            return not os.path.exists(f"/proc/{file.read().strip()}")

    def start_inside(self, *command):
        return subprocess.Popen([HOST_TOOL, "run", self.machine, "/run/share/upgraph", *command],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True)

    def status(self):
        result = self.inside("/run/share/upgraph", "status", "--root", "/run/share/work/host",
                             "--format", "json")
        self.assertEqual(result.code, 0, result)
        return json.loads(result.out)

    def apply(self, *options):
        return self.start_inside("apply", "/run/share/work/box.zip", "--root",
                                 "/run/share/work/host", "--not-durable", "--runner", "service", *options)

    def units(self):
        out = self.inside("systemctl", "list-units", "--plain", "--no-legend", "--all",
                          "upgraph-run-*").out
        return [line.split()[0] for line in out.splitlines()]

    def assert_no_session(self):
        found = self.inside("find", "/run/upgraph", "-mindepth", "1")
        self.assertEqual(found.out, "", found)


class Service(Machine):
    def test_a_service_carries_the_run(self):
        watcher = self.apply()
        self.wait_for_step()
        self.assertEqual(len(self.units()), 1)
        pid = self.status()["runner"]["pid"]
        cgroup = self.inside("cat", f"/proc/{pid}/cgroup")
        self.assertIn(self.units()[0], cgroup.out, cgroup)
        self.assert_no_session()
        self.go()
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 0, out + err)
        self.assertIn("done:", out)
        self.assertEqual(self.release(), "2.0.0")
        self.wait_until(lambda: not self.units(), "the unit is collected")

    def test_the_service_outlives_its_watcher(self):
        watcher = self.apply()
        self.wait_for_step()
        killed = self.inside("pkill", "-KILL", "-f", "^/run/share/upgraph apply")
        self.assertEqual(killed.code, 0, killed)
        watcher.communicate(timeout=30)
        self.assertTrue(self.status()["running"])
        self.go()
        self.end_runner()
        self.assertEqual(self.release(), "2.0.0")

    def test_stopping_the_service_turns_back(self):
        watcher = self.apply()
        self.wait_for_step()
        stopped = self.inside("systemctl", "stop", self.units()[0])
        self.assertEqual(stopped.code, 0, stopped)
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 3, out + err)
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_a_refusal_comes_back(self):
        box.write(os.path.join(self.host, "etc/box/release"), "3.0.0\n")
        watcher = self.apply()
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 5, out + err)
        self.assertIn("3.0.0", err)
        self.assert_no_session()


class ThisSystem(Machine):
    """The root is that of the system itself."""

    def end_runner(self):
        self.wait_until(lambda: not self.units(), "the runner ends", 90)

    def on_this_system(self, *arguments):
        return self.inside("/run/share/upgraph", *arguments, "--yes")

    def installed(self):
        return self.inside("cat", "/etc/box/release").out.strip()

    def test_it_takes_a_signed_package_and_no_other(self):
        copied = self.inside("cp", "-a", "/run/share/work/host/.", "/")
        self.assertEqual(copied.code, 0, copied)
        self.inside("touch", "/go")
        apply = ("apply", "/run/share/work/box.zip", "--not-durable")
        result = self.on_this_system(*apply)
        self.assertEqual(result.code, 5, result)
        self.assertIn("not signed", result.err)
        key = keys.Key(self.folder, "release")
        key.sign(os.path.join(self.folder, "box.zip"))
        signed = self.inside("/run/share/upgraph", "sign", "/run/share/work/box.zip")
        self.assertEqual(signed.code, 0, signed)
        result = self.on_this_system(*apply)
        self.assertEqual(result.code, 5, result)
        self.assertIn("nobody is trusted", result.err)
        self.assertNotEqual(self.inside("test", "-e", "/" + box.STATE).code, 0)
        self.inside("install", "-D", "-m", "644", "/run/share/work/release.pub",
                    f"/{keys.TRUST}/packages/release.pub")
        result = self.on_this_system(*apply)
        self.assertEqual(result.code, 0, result)
        self.assertIn("signed by `release`", result.out)
        self.assertEqual(self.installed(), "2.0.0")
        result = self.on_this_system("rollback")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.installed(), "1.0.0")
        self.wait_until(lambda: "rolled-back" in self.log(), "the log has it")
        self.assertRegex(self.log(), "(?s)run-opened: v1.0.0 -> v2.0.0.* committed.* exit 0: .*"
                                     "turning-back: asked for after the commit.* rolled-back")
        self.assertNotIn("applying", self.log())

    def log(self):
        return self.inside("journalctl", "-t", "upgraph", "-o", "cat", "--no-pager").out


class MachineWithLogind(Machine):
    """Which the machine of the other classes has not."""

    def setUp(self):
        super().setUp()
        for command in ("unmask", "start"):
            done = self.inside("systemctl", command, "systemd-logind.service")
            self.assertEqual(done.code, 0, done)

    def inhibitors(self):
        listed = self.inside("systemd-inhibit", "--list", "--no-legend", "--no-pager")
        self.assertEqual(listed.code, 0, listed)
        return [line for line in listed.out.splitlines() if line.startswith("upgraph ")]


class Inhibited(MachineWithLogind):
    def test_a_shutdown_waits_for_an_open_run_and_for_no_other(self):
        self.assertEqual(self.inhibitors(), [])
        watcher = self.apply()
        self.wait_for_step()
        pid = str(self.status()["runner"]["pid"])
        (found,) = self.inhibitors()
        for part in (f" {pid} ", " shutdown ", ": box v1.0.0 -> v2.0.0 ", " delay"):
            self.assertIn(part, found)
        # What a step runs holds nothing of it.
        self.assertEqual(self.holders_of_inhibitors(), {pid})
        self.go()
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 0, out + err)
        self.assertNotIn("no inhibitor", out)
        self.wait_until(lambda: not self.inhibitors(), "it lets go")

    def holders_of_inhibitors(self):
        """Processes beside logind that have the other end of one open."""
        found = self.inside("sh", "-c", r"ls -l /proc/[0-9]*/fd 2>/dev/null | sed -n "
                                        r"'s|^/proc/\([0-9]*\)/fd:|\1|p; s|.*/inhibit/.*|inhibit|p'")
        holders, process = set(), ""
        for line in found.out.splitlines():
            if line != "inhibit":
                process = line
            else:
                holders.add(process)
        logind = self.inside("systemctl", "show", "--property=MainPID", "--value",
                             "systemd-logind.service").out.strip()
        return holders - {logind}

    def test_a_killed_runner_holds_nothing_up(self):
        watcher = self.apply()
        self.wait_for_step()
        self.assertEqual(len(self.inhibitors()), 1)
        self.inside("systemctl", "kill", "--signal=KILL", self.units()[0])
        watcher.communicate(timeout=60)
        self.wait_until(lambda: not self.inhibitors(), "it is gone with its runner")
        resumed = self.inside("/run/share/upgraph", "rollback", "--root", "/run/share/work/host",
                              "--runner", "service")
        self.assertEqual(resumed.code, 0, resumed)
        self.assertEqual(self.inhibitors(), [])

    def test_without_logind_it_says_so_and_goes_on(self):
        for command in (("mask", "--runtime"), ("stop",)):
            done = self.inside("systemctl", *command, "systemd-logind.service")
            self.assertEqual(done.code, 0, done)
        self.go()
        watcher = self.apply()
        out, err = watcher.communicate(timeout=60)
        self.inside("systemctl", "unmask", "--runtime", "systemd-logind.service")
        self.assertEqual(watcher.returncode, 0, out + err)
        self.assertIn("nothing makes a shutdown wait for the run: systemd-logind: ", out)


class InhibitedShutdown(MachineWithLogind):
    """Its one case ends the machine."""

    def end_runner(self):
        pass

    # It is stopped with everything else, and says whether a step still runs then.
    WITNESS = """[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/bin/sh -c 'pgrep -f "[b]ox/wait do" || echo none; true'
StandardOutput=append:/run/share/work/stopped
"""

    def test_a_shutdown_finds_a_runner_that_has_stopped(self):
        box.write(os.path.join(self.folder, "witness.service"), self.WITNESS)
        # Were the runner not told, the shutdown would wait for all of that hour.
        done = self.inside("sh", "-c", "mkdir -p /run/systemd/logind.conf.d; "
                                       "printf '[Login]\\nInhibitDelayMaxSec=1h\\n' "
                                       "> /run/systemd/logind.conf.d/test.conf; "
                                       "systemctl restart systemd-logind.service; "
                                       "cp /run/share/work/witness.service /run/systemd/system; "
                                       "systemctl daemon-reload; systemctl start witness.service")
        self.assertEqual(done.code, 0, done)
        watcher = self.apply()
        self.wait_for_step()
        self.inside("systemctl", "poweroff", "--no-wall")
        self.wait_until(self.is_down, "the machine is down", 90)
        watcher.communicate(timeout=60)
        with open(os.path.join(self.folder, "stopped"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "none\n")
        state = self.run_program("status", "--root", self.host, "--format", "json")
        self.assertEqual(json.loads(state.out)["current"]["state"], "open", state)


class Shutdown(Machine):
    """Its one case ends the machine."""

    def end_runner(self):
        pass

    def test_in_a_shutdown_it_stops_at_once_and_leaves_a_run_that_resumes(self):
        watcher = self.apply()
        self.wait_for_step()
        self.inside("systemctl", "poweroff", "--no-wall")
        # All that was inside is gone with it; what the run wrote is not.
        self.wait_until(self.is_down, "the machine is down")
        watcher.communicate(timeout=60)
        box.write(os.path.join(self.host, "go"), "")
        state = self.run_program("status", "--root", self.host, "--format", "json")
        run = json.loads(state.out)["current"]
        self.assertEqual(run["state"], "open", state)
        self.assertEqual({step["step"]: step["state"] for step in run["steps"]
                          if step["phase"] == "switch"},
                         {"switch/1": "applied", "switch/2": "captured", "switch/3": "pending"})
        self.assertFalse(os.path.exists(os.path.join(self.host, "undoing")))
        resumed = self.run_program("resume", "--root", self.host, "--foreground")
        self.assertEqual(resumed.code, 0, resumed)
        self.assertEqual(self.release(), "2.0.0")


if __name__ == "__main__":
    unittest.main()
