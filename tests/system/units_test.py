"""Steps that start, stop and enable units, on a real systemd whose own system is the host. Ends with 77
where none can be booted."""

import os
import unittest

import box
import keys
import service_test

SPEC = """\
import std.files
import std.systemd

product box {
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  downtime  5m
  switch {
    systemd.stop("box.service")
    files.install("payload/box.service", to: "/etc/systemd/system/box.service")
    systemd.enable("box.service")
    systemd.start("box.service")
    files.install("payload/release", to: "/etc/box/release")
  }
  verify {
    systemd.expect_active("box.service", within: 5s)
    files.expect("/etc/box/release", contains: "2.")
  }
}
"""

UNIT = """\
[Service]
ExecStart=/bin/sleep %d
%s
[Install]
WantedBy=multi-user.target
"""

OLD, NEW = 1000001, 1000002
UNIT_PATH = "/etc/systemd/system/box.service"
LINK_PATH = "/etc/systemd/system/multi-user.target.wants/box.service"


class Units(service_test.Machine):
    def setUp(self):
        super().setUp()
        self.key = keys.Key(self.folder, "release")
        self.must("install", "-D", "-m", "644", "/run/share/work/release.pub",
                  f"/{keys.TRUST}/packages/release.pub")
        self.must("rm", "-rf", "/" + box.STATE, LINK_PATH)
        self.put("/etc/box/release", "1.0.0\n")
        self.put(UNIT_PATH, UNIT % (OLD, ""))
        self.must("systemctl", "daemon-reload")
        self.must("systemctl", "start", "box.service")

    def tearDown(self):
        self.inside("systemctl", "unmask", "box.service")
        self.inside("systemctl", "stop", "box.service")
        self.inside("systemctl", "reset-failed", "box.service")
        super().tearDown()

    def end_runner(self):
        self.wait_until(lambda: not self.units(), "the runner ends", 90)

    def write_spec(self, *changes):
        """Its package is made once the new unit is known."""

    def put(self, path, text):
        box.write(os.path.join(self.folder, "put"), text)
        self.must("install", "-D", "-m", "644", "/run/share/work/put", path)

    def package(self, *lines, without=()):
        """With a unit that has these lines as well, and of a spec without these steps."""
        box.write(self.spec, "".join(line for line in SPEC.splitlines(keepends=True)
                                     if not any(step in line for step in without)))
        box.write(os.path.join(self.folder, "payload/box.service"), UNIT % (NEW, "\n".join(lines)))
        path = "/run/share/work/box.zip"
        self.must("/run/share/upgraph", "pack", "/run/share/work/box.upg", "-o", path)
        self.key.sign(os.path.join(self.folder, "box.zip"))
        self.must("/run/share/upgraph", "sign", path)
        return path

    def upgraph(self, code, *arguments):
        result = self.inside("/run/share/upgraph", *arguments, "--yes")
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def apply(self, code, package):
        return self.upgraph(code, "apply", package, "--not-durable")

    def running(self):
        """Which of both runs: what its main process was started with."""
        pid = self.must("systemctl", "show", "--property=MainPID", "--value", "box.service").strip()
        found = self.inside("cat", f"/proc/{pid}/cmdline").out.split("\0")
        return int(found[1]) if pid != "0" and len(found) > 1 else 0

    def state(self):
        return self.inside("systemctl", "is-active", "box.service").out.strip()

    def assert_old(self):
        self.assertEqual((self.state(), self.running()), ("active", OLD))
        self.assertEqual(self.must("cat", "/etc/box/release"), "1.0.0\n")
        self.assertEqual(self.must("cat", UNIT_PATH), UNIT % (OLD, ""))
        self.assertNotEqual(self.inside("test", "-L", LINK_PATH).code, 0)

    def test_there_and_back(self):
        self.assert_old()
        self.apply(0, self.package())
        self.assertEqual((self.state(), self.running()), ("active", NEW))
        self.assertEqual(self.must("readlink", LINK_PATH).strip(), UNIT_PATH)
        self.assertEqual(self.must("systemctl", "is-enabled", "box.service").strip(), "enabled")
        self.upgraph(0, "rollback")
        self.assert_old()

    def test_a_unit_that_does_not_start_turns_back(self):
        told = self.apply(3, self.package("Type=exec", "ExecStartPre=/bin/false"))
        self.assertIn("`box.service` was started and does not run: failed (exit-code)", told)
        self.assert_old()

    def test_a_unit_that_loops_turns_back(self):
        told = self.apply(3, self.package("ExecStartPre=/bin/false", "Restart=always",
                                          "RestartSec=1h"))
        self.assertIn("does not run: activating (exit-code)", told)
        self.assert_old()

    def test_a_masked_unit_turns_back(self):
        package = self.package(without=('files.install("payload/box.service"', "systemd.enable"))
        self.must("systemctl", "stop", "box.service")
        self.must("rm", UNIT_PATH)
        self.must("systemctl", "mask", "box.service")
        told = self.apply(3, package)
        self.assertIn("`box.service` was started and does not run: inactive, and masked", told)
        self.assertEqual(self.must("readlink", UNIT_PATH), "/dev/null\n")
        self.assertEqual(self.must("cat", "/etc/box/release"), "1.0.0\n")

    def test_a_unit_that_is_not_there_turns_back(self):
        package = self.package(without=('files.install("payload/box.service"', "systemd.enable",
                                        "systemd.stop"))
        self.must("systemctl", "stop", "box.service")
        self.must("rm", UNIT_PATH)
        self.must("systemctl", "daemon-reload")
        self.assertIn("there is no such unit", self.apply(3, package))
        self.assertEqual(self.must("cat", "/etc/box/release"), "1.0.0\n")

    def test_a_unit_that_the_run_brings_is_enabled(self):
        self.must("systemctl", "stop", "box.service")
        self.must("rm", UNIT_PATH)
        told = self.apply(5, self.package(without=('files.install("payload/box.service"',)))
        self.assertIn("there is no file of the unit `box.service`", told)
        self.assertEqual(self.must("cat", "/etc/box/release"), "1.0.0\n")
        self.apply(0, self.package())
        self.assertEqual((self.state(), self.running()), ("active", NEW))
        self.assertEqual(self.must("readlink", LINK_PATH).strip(), UNIT_PATH)

    def test_killed_while_a_unit_comes_up(self):
        package = self.package("Type=exec", "ExecStartPre=/bin/sleep 600")
        watcher = self.start_inside("apply", package, "--not-durable", "--yes")
        self.wait_until(lambda: self.state() == "activating", "the new unit comes up")
        self.must("pkill", "-KILL", "-f", "runner --session")
        watcher.communicate(timeout=60)
        self.wait_until(lambda: not self.units(), "the runner is gone")
        self.assertEqual(self.state(), "activating")
        self.upgraph(0, "rollback")
        self.assert_old()

    def test_a_unit_that_ran_already_is_found_and_left_running(self):
        self.must("systemctl", "stop", "box.service")
        package = self.package()
        told = self.apply(0, package)
        self.assertIn("found", told)  # stopped it was already
        self.upgraph(0, "rollback")
        self.assertEqual(self.state(), "inactive")


if __name__ == "__main__":
    unittest.main(verbosity=1)
