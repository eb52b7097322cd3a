"""What a boot puts back before it starts anything, where the root is that of a real systemd. Ends with 77
where none can be booted."""

import json
import os
import subprocess
import unittest

import boot_test
import box
import keys
import service_test

TOP = "/run/share/work"
UNITS = "/etc/systemd/system"

# The way back of `mark` is a command, and it waits: what an early recovery puts back stands after it.
# `web` is held back at boot. The drop-in of `probe` is a file like others, so nobody holds `probe`.
SPEC = """\
import std.files
import std.systemd

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

step mark(tool: Path, file: Path) {
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

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  downtime  30m

  prepare {
    files.install("payload/opt/box/boxd", to: "/opt/box-2")
  }
  switch {
    systemd.stop("web.service")
    mark("/usr/lib/box/wait", "/var/lib/box/went")
    lock files.lock("/var/lib/box") within 4m hold 5m {
      files.install("payload/probe.conf", to: "/etc/systemd/system/probe.service.d/box.conf")
    }
    files.install("payload/release", to: "/etc/box/release")
    systemd.start("web.service")
  }
  verify {
    files.expect("/etc/box/ready", contains: "ready", within: 20m)
  }
}
"""

# An ordinary unit: it says what it finds, each time that a boot starts it.
PROBE = f"""\
[Service]
Type=oneshot
Environment=DROP_IN=none
ExecStart=/bin/sh -c 'echo "$(cat /etc/box/release) $DROP_IN $(ls /var/lib/box)" >> {TOP}/seen'

[Install]
WantedBy=multi-user.target
"""
WEB = f"""\
[Service]
ExecStart=/bin/sh -c 'echo "$(cat /etc/box/release)" >> {TOP}/served; exec sleep infinity'

[Install]
WantedBy=multi-user.target
"""
# Holds what the run locks, from before the early recovery on.
HOLDER = f"""\
[Unit]
DefaultDependencies=no
After=local-fs.target

[Service]
Type=notify
NotifyAccess=all
ExecStart=/usr/bin/flock /var/lib/box /bin/sh -c 'systemd-notify --ready; exec sleep infinity'

[Install]
WantedBy=sysinit.target
"""
# systemd waits for its readiness before it starts any of these.
BEFORE = "Before=upgraph-recover-early.service\n"


class Early(boot_test.BootedMachine):
    def setUp(self):
        super().setUp()
        self.write_inside(f"{UNITS}/probe.service", PROBE)
        self.write_inside(f"{UNITS}/web.service", WEB)
        self.must("cp", "-a", f"{TOP}/host/.", "/")
        # The root is an overlay, whose folders have another inode in each boot: the run makes none.
        self.must("mkdir", "-p", f"{UNITS}/probe.service.d")
        self.must("systemctl", "daemon-reload")
        self.must("systemctl", "enable", "--now", "web.service", "probe.service")
        for name in ("seen", "served"):
            self.wait_until(lambda file=name: self.lines(file), "both were started")
            os.remove(os.path.join(self.folder, name))
        key = keys.Key(self.folder, "release")
        key.sign(os.path.join(self.folder, "box.zip"))
        self.must("/run/share/upgraph", "sign", f"{TOP}/box.zip")
        self.must("install", "-D", "-m", "644", f"{TOP}/release.pub",
                  f"/{keys.TRUST}/packages/release.pub")
        self.must("touch", "/go")
        self.units_before = self.unit_files()
        self.box_before = self.box_files()

    def tearDown(self):
        self.inside("sh", "-c", "rm -rf /slow /undoing /waiting /var/lib/upgraph /etc/box /opt/box-*")
        self.inside("systemctl", "disable", "--now", "web.service", "probe.service")
        self.inside("rm", "-rf", f"{UNITS}/web.service", f"{UNITS}/probe.service",
                    f"{UNITS}/probe.service.d")
        super().tearDown()

    def end_runner(self):
        if not self.is_up():
            self.boot()
        self.wait_until(lambda: not self.units(), "the runner ends", 90)

    def write_spec(self, *changes):
        box.write(os.path.join(self.folder, "payload/probe.conf"), "[Service]\nEnvironment=DROP_IN=new\n")
        box.write(self.spec, SPEC)
        self.must("/run/share/upgraph", "pack", f"{TOP}/box.upg", "-o", f"{TOP}/box.zip")

    def write_inside(self, path, text):
        box.write(os.path.join(self.folder, "text"), text)
        self.must("cp", f"{TOP}/text", path)

    def status(self):
        result = self.inside("/run/share/upgraph", "status", "--format", "json")
        self.assertEqual(result.code, 0, result)
        return json.loads(result.out)

    def unit_files(self):
        """Names and links; what enables a unit changes the times of folders."""
        return sorted(line.split(" ")[0] + line.rsplit(" ", 1)[1] for line in super().unit_files())

    def box_files(self):
        """With their times: what the run changes and nothing else."""
        return self.must("find", "/etc/box", "/opt", "/var/lib/box", "-printf", "%p %T@ %s %m %l\n")

    def lines(self, name):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()

    def apply_and_kill_the_machine(self):
        watcher = self.start_inside("apply", f"{TOP}/box.zip", "--not-durable", "--yes")
        self.wait_until(lambda: self.lines("served") == ["2.0.0"], "the new one serves", 90)
        self.assertEqual(self.status()["current"]["held_at_boot"], ["web.service"])
        self.must("touch", "/slow")
        self.kill_machine()
        watcher.communicate(timeout=60)

    def step_states(self):
        return {step["step"]: step["state"] for step in self.status()["current"]["steps"]
                if step["phase"] in ("prepare", "switch")}

    # prepare/1 was there before `mark`, of which nobody can tell what it needs.
    EARLY = {"prepare/1": "applied", "switch/1": "applied", "switch/3/1": "reverted",
             "switch/4": "reverted"}

    def assert_it_ends_as_it_was(self):
        self.must("rm", "/slow")
        self.wait_for_state("rolled back")
        self.wait_until(lambda: not self.inside("ls", UNITS).out.count("upgraph-recover"),
                        "the units are removed")
        self.inside("rmdir", f"{UNITS}/sysinit.target.wants")  # of `holder`, if it is there
        self.assertEqual(self.unit_files(), self.units_before)
        self.must("rm", "-f", "/undoing", "/waiting")
        self.assertEqual(self.box_files(), self.box_before)
        self.wait_until(lambda: self.lines("served") == ["2.0.0", "1.0.0"], "the old one serves")

    def test_files_are_back_before_units_start_and_commands_wait(self):
        self.apply_and_kill_the_machine()
        self.boot()
        self.wait_until(lambda: self.lines("seen"), "the probe was started")
        # The command has not gone back: the file that it wrote is there.
        self.assertEqual(self.lines("seen"), ["1.0.0 none went"])
        self.wait_until(lambda: self.inside("test", "-e", "/undoing").code == 0, "the later recovery")
        states = self.step_states()
        self.assertEqual({step: states[step] for step in self.EARLY}, self.EARLY)
        self.assertEqual(self.run_state(), "turning back")
        self.assertEqual(self.lines("served"), ["2.0.0"])
        self.assertEqual(self.resumptions_here(),
                         ["back, early: what needs nothing but files", "back: it was turning back"])
        self.assert_it_ends_as_it_was()
        self.assertEqual(self.inside("systemctl", "list-jobs", "--no-legend").out, "")
        # A boot that has nothing to do for a run knows nothing of it.
        self.kill_machine()
        self.boot()
        self.assertEqual(self.lines("seen"), ["1.0.0 none went", "1.0.0 none "])

    def resumptions_here(self):
        self.must("sh", "-c", f"cp /var/lib/upgraph/runs/*/progress.jsonl {TOP}/progress.jsonl")
        return [line["text"] for line in map(json.loads, self.lines("progress.jsonl"))
                if line["event"] == "resumed"]

    def test_killed_in_the_early_recovery_the_next_boot_ends_it(self):
        self.apply_and_kill_the_machine_that_locks()
        with subprocess.Popen([service_test.HOST_TOOL, "boot", self.machine],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as booting:
            self.wait_until(lambda: self.inside("cat", "/etc/box/release").out == "1.0.0\n",
                            "the early recovery is at work", 60)
            # It waits for the lock, and the boot for it.
            self.assertEqual(self.lines("seen"), [])
            self.must("rm", f"{UNITS}/holder.service", f"{UNITS}/sysinit.target.wants/holder.service")
            self.must("test", "-e", f"{UNITS}/probe.service.d/box.conf")
            self.kill_machine()
            booting.wait(timeout=60)
        self.boot()
        self.wait_until(lambda: self.lines("seen"), "the probe was started")
        self.assertEqual(self.lines("seen"), ["1.0.0 none went"])
        self.assert_it_ends_as_it_was()

    def apply_and_kill_the_machine_that_locks(self):
        self.write_inside(f"{UNITS}/holder.service", HOLDER.replace("After=", BEFORE + "After="))
        self.must("systemctl", "enable", "holder.service")
        self.apply_and_kill_the_machine()
        self.assertEqual(self.lines("seen"), [])


if __name__ == "__main__":
    unittest.main()
