"""What a boot does not start while a run is unfinished, on a real systemd. Ends with 77 where none can be
booted."""

import os
import unittest

import box
import boot_test

TOP = "/run/share/work"
UNITS = "/etc/systemd/system"

# `web` is stopped for the time of the change; `api` is changed while it runs, and comes late in a boot;
# `batch` is enabled by the run alone; the way back of a step needs `db`, and the run changes it as well.
SPEC = """\
import std.files
import std.host
import std.systemd

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

step halt(unit: UnitName) {
  phases   switch
  stops    running(unit)
  reverses by compensation
  takes    1s
  timeout  60s
  do       ["systemctl", "stop", unit]
  undo     ["systemctl", "start", unit]
  observe  ["/usr/lib/box/unit", "is-down", unit]
}

step run(unit: UnitName) {
  phases   switch
  starts   running(unit)
  reverses by compensation
  takes    1s
  timeout  60s
  do       ["systemctl", "start", unit]
  undo     ["systemctl", "stop", unit]
  observe  ["/usr/lib/box/unit", "is-up", unit]
}

step enable(unit: UnitName) {
  phases   switch
  writes   unit(unit)
  reverses by compensation
  takes    1s
  timeout  60s
  do       ["systemctl", "enable", unit]
  undo     ["systemctl", "disable", unit]
  observe  ["/usr/lib/box/unit", "is-on", unit]
}

step tune(unit: UnitName, file: Path) {
  phases   switch
  writes   unit(unit), file(file)
  reverses by compensation
  takes    1s
  timeout  60s
  do       ["/usr/lib/box/unit", "tune", file]
  undo     ["/usr/lib/box/unit", "untune", file]
  observe  ["/usr/lib/box/unit", "is-tuned", file]
}

step wait_for_go(tool: Path, file: Path) {
  phases   switch
  reads    file(tool)
  needs    running("db.service")
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

  switch {
    halt("web.service")
    tune("api.service", "/var/lib/box/api")
    tune("db.service", "/var/lib/box/db")
    enable("batch.service")
    files.install("payload/release", to: "/etc/box/release")
    wait_for_go("/usr/lib/box/wait", "/var/lib/box/went")
    run("web.service")
  }
}
"""

UNIT_TOOL = """\
#!/bin/sh
case $1 in
  is-down) if systemctl is-active --quiet "$2"; then exit 1; else exit 0; fi ;;
  is-up) if systemctl is-active --quiet "$2"; then exit 0; else exit 1; fi ;;
  is-on) if systemctl is-enabled --quiet "$2"; then exit 0; else exit 1; fi ;;
  is-tuned) if [ -e "$ROOT$2" ]; then exit 0; else exit 1; fi ;;
  tune) : > "$ROOT$2" ;;
  untune) rm -f "$ROOT$2" ;;
esac
"""

# As the box's own, but that a person can break its way back.
WAIT_TOOL = box.WAIT_TOOL.replace("  undo)\n", "  undo)\n    [ ! -e \"$ROOT/slow.broken\" ] || exit 1\n")

# Each says which release it was started on.
SERVICE = """\
[Unit]
{more}
[Service]
ExecStart=/bin/sh -c 'echo "{name} on $(cat """ + TOP + """/host/etc/box/release)" >> """ + TOP + """/started; exec sleep infinity'

[Install]
WantedBy=multi-user.target
"""
# Of a circle with the unit for the boot, systemd would drop one job or the other.
MORE = {"api": "After=multi-user.target\n"}
ENABLED = ("web", "api", "db", "web-admin", "other")


class Held(boot_test.BootedMachine):
    def make_host(self):
        super().make_host()
        box.write(os.path.join(self.host, "usr/lib/box/unit"), UNIT_TOOL, 0o755)
        box.write(os.path.join(self.host, "usr/lib/box/wait"), WAIT_TOOL, 0o755)

    def setUp(self):
        super().setUp()
        for name in (*ENABLED, "batch"):
            box.write(os.path.join(self.folder, "units", f"{name}.service"),
                      SERVICE.format(name=name, more=MORE.get(name, "")))
        self.systemctl_or_fail("cp", "-r", f"{TOP}/units/.", UNITS)
        self.systemctl("daemon-reload")
        self.systemctl("enable", "--now", *(f"{name}.service" for name in ENABLED))
        self.units_before = self.unit_files()
        self.forget_starts()

    def tearDown(self):
        super().tearDown()
        names = [f"{name}.service" for name in (*ENABLED, "batch")]
        self.systemctl("disable", "--now", *names)
        self.systemctl_or_fail("rm", *(f"{UNITS}/{name}" for name in names))
        self.systemctl("daemon-reload")

    def systemctl_or_fail(self, *command):
        result = self.inside(*command)
        self.assertEqual(result.code, 0, result)
        return result.out

    def systemctl(self, *arguments):
        return self.systemctl_or_fail("systemctl", *arguments)

    def write_spec(self, *changes):
        spec = SPEC
        for old, new in changes:
            self.assertIn(old, spec)
            spec = spec.replace(old, new)
        box.write(self.spec, spec)
        result = self.inside("/run/share/upgraph", "pack", f"{TOP}/box.upg", "-o", f"{TOP}/box.zip")
        self.assertEqual(result.code, 0, result)

    def unit_files(self):
        """Names and links; what enables a unit changes the times of folders."""
        return sorted(line.split(" ")[0] + line.rsplit(" ", 1)[1] for line in super().unit_files())

    def starts(self):
        path = os.path.join(self.folder, "started")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return sorted(file.read().splitlines())

    def forget_starts(self):
        """When all that is enabled has said that it was started."""
        path = os.path.join(self.folder, "started")
        self.wait_until(lambda: len(self.starts()) == len(ENABLED), "all run")
        os.remove(path)

    def is_up(self, unit=None):
        if unit is None:
            return super().is_up()
        return self.inside("systemctl", "is-active", "--quiet", f"{unit}.service").code == 0

    def apply_and_kill_the_machine(self):
        watcher = self.apply("--may-reboot")
        self.wait_for_step()
        self.kill_machine()
        watcher.communicate(timeout=60)
        self.assertEqual(self.starts(), [])
        self.assertEqual(self.release(), "2.0.0")

    def wait_for_starts(self, *starts):
        self.wait_until(lambda: self.starts() == sorted(starts), f"{starts}")

    NOT_HELD = ("db on 2.0.0", "other on 2.0.0", "web-admin on 2.0.0")

    def test_what_the_run_changes_starts_when_the_old_host_is_back(self):
        box.write(os.path.join(self.host, "slow"), "")
        self.apply_and_kill_the_machine()
        self.boot()
        # The way back is under way, and needs `db`. `web` and `api` would run on a half-new host.
        self.wait_for_marker("undoing")
        self.wait_for_starts(*self.NOT_HELD)
        for unit in ("web", "api", "batch"):
            self.assertFalse(self.is_up(unit), unit)
        self.assertEqual(self.status()["current"]["held_at_boot"],
                         ["api.service", "batch.service", "web.service"])
        os.remove(os.path.join(self.host, "slow"))
        self.assert_back()
        # `web` by the step that had stopped it, while the recovery is at work; `api` at the end of it.
        self.wait_for_starts(*self.NOT_HELD, "web on 1.0.0", "api on 1.0.0")
        self.assertFalse(self.is_up("batch"))
        self.assertEqual(self.inside("systemctl", "list-jobs", "--no-legend").out, "")

    def test_forward_over_a_reboot_of_the_plan_a_unit_is_as_its_steps_say(self):
        self.write_spec(("    files.install(", "    host.reboot()\n    files.install("))
        watcher = self.apply("--may-reboot")
        watcher.communicate(timeout=60)
        self.wait_for_the_end_of_the_boot()
        self.boot()
        # `web` was stopped, and its start is still to come; `api` runs beside the change.
        self.wait_for_step()
        self.wait_until(lambda: self.is_up("api"), "api")
        self.assertFalse(self.is_up("web"))
        self.go()
        self.wait_for_state("committed")
        self.wait_until(lambda: self.is_up("web"), "web")
        self.assertEqual([start for start in self.starts() if start.startswith("web ")],
                         ["web on 2.0.0"])
        self.assertFalse(self.has_boot_unit())
        self.systemctl("disable", "batch.service")
        self.assertEqual(self.unit_files(), self.units_before)

    def test_what_is_left_over_keeps_them_down_until_a_person_starts_or_mends(self):
        box.write(os.path.join(self.host, "slow.broken"), "")
        self.apply_and_kill_the_machine()
        for _ in range(2):
            self.boot()
            self.wait_for_state("incomplete")
            self.wait_until(lambda: self.is_up("other"), "other")
            self.assertFalse(self.is_up("api"))
            shown = self.inside("/run/share/upgraph", "status", "--root", f"{TOP}/host")
            self.assertRegex(shown.out, r"held +api.service, batch.service, web.service: no boot ")
            said = self.inside("journalctl", "--no-pager", "-b", "-u", "upgraph-recover-*")
            self.assertRegex(said.out, "no boot starts api.service, batch.service, web.service, but "
                                       "`systemctl start` does")
            self.systemctl("start", "api.service")
            self.assertTrue(self.is_up("api"))
            self.kill_machine()
        os.remove(os.path.join(self.host, "slow.broken"))
        self.boot()
        self.wait_for_state("incomplete")
        resumed = self.inside("/run/share/upgraph", "resume", "--root", f"{TOP}/host", "--runner",
                              "service")
        self.assertEqual(resumed.code, 3, resumed)
        self.assert_back()
        self.wait_until(lambda: self.is_up("web") and self.is_up("api"), "web and api")

    def test_a_folder_that_does_not_stand_for_this_system_holds_nothing(self):
        watcher = self.apply()
        self.wait_for_step()
        self.assertTrue(self.has_boot_unit())
        self.assertEqual(self.status()["current"]["held_at_boot"], [])
        self.assertFalse([line for line in self.unit_files() if "generators" in line])
        self.go()
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 0, out + err)


if __name__ == "__main__":
    unittest.main()
