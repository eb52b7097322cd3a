"""`apply --until prepare`: days ahead of the window, parked, and gone on with, or back."""

import json
import os
import time
import unittest

import box
from keys import Key

FACTS = """let kind = files.first_line("/etc/box/kind")

upgrade v"""

LATER = '  cleanup after 1s { files.remove("/opt/box-1") }\n'


def moment(seconds):
    """A moment from now on, as `--window` takes it, in whole minutes."""
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(time.time() + seconds))


class Parking(box.BoxTest):
    def setUp(self):
        super().setUp()
        os.umask(0o022)
        self.before = box.snapshot(self.host)

    def edit_spec(self, *pairs):
        with open(self.spec, encoding="utf-8") as file:
            text = file.read()
        for old, new in pairs:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        box.write(self.spec, text)

    def command(self, code, *words):
        options = ("--yes", "--foreground") if words[0] in ("apply", "resume", "rollback") else ()
        result = self.run_program(*words, "--root", self.host, *options)
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def park(self, *words):
        said = self.command(0, "apply", *(words or ("box.upg",)), "--until", "prepare")
        self.assertIn("the run is parked: `upgraph resume --window START` goes on with it", said)
        self.assertEqual(self.state(), "parked")
        return said

    def state(self):
        return self.runs()[0]["state"]

    def status(self):
        return json.loads(self.run_program("status", "--root", self.host, "--format", "json").out)

    def has(self, path):
        return os.path.lexists(os.path.join(self.host, path))

    def test_days_ahead_and_on(self):
        self.park()
        self.assertEqual((self.release(), self.has("opt/box-2/boxd")), ("1.0.0", True))
        current = self.status()["current"]
        self.assertEqual((current["state"], current["finished"], current["window"],
                          current["recovered_at_boot"], current["downtime_ms"]),
                         ("parked", False, None, None, 0))
        self.assertRegex(current["parked"], r"^\d{4}-\d\d-\d\dT")
        status = self.command(0, "status")
        self.assertIn("prepared, and parked: `upgraph resume --window START` goes on", status)
        self.assertNotIn("at boot", status)
        self.assertIn("parked", self.command(0, "history"))
        report = json.loads(self.command(0, "report", "--format", "json"))
        self.assertEqual(report["verdict"],
                         "parked: v2.0.0 is prepared, and nothing after that was begun")
        self.assertIn("parked", [event["record"] for event in report["events"]])
        self.assertIn("parked:", self.command(0, "report"))
        # Nobody has the host, and nobody has anything to do for it.
        for words in (("tick",), ("recover",), ("apply", "box.upg", "--until", "prepare")):
            self.command(0, *words)
        self.assertEqual(self.state(), "parked")
        self.go()
        begin = moment(0)
        self.command(0, "resume", "--window", begin)
        self.assertEqual((self.release(), self.state()), ("2.0.0", "committed"))
        self.assertEqual(self.runs()[0]["window"]["begin"], begin[:-1] + ":00Z")
        self.assertIn("unparked", self.command(0, "history", self.runs()[0]["run"]))
        self.command(0, "rollback")
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_applied_again_it_goes_on_and_back_it_is_the_old_host(self):
        package = self.pack()
        self.park(package)
        self.assertIn("is parked: `upgraph resume --window START` goes on with it, `upgraph rollback` turns it back",
                      self.other_package())
        self.command(0, "rollback")
        self.assertEqual(box.snapshot(self.host), self.before)
        self.park(package)
        self.go()
        self.command(0, "apply", package)
        self.assertEqual(self.release(), "2.0.0")

    def other_package(self):
        box.write(os.path.join(self.folder, "payload/release"), "2.0.0\n# another build\n")
        try:
            return self.command(5, "apply", "box.upg")
        finally:
            box.write(os.path.join(self.folder, "payload/release"), "2.0.0\n")

    def test_usage(self):
        for words in (("--until", "prepare", "--window", moment(0)), ("--until", "switch"),
                      ("--until",)):
            self.command(2, "apply", "box.upg", *words)
        self.assertFalse(self.has(box.STATE))
        self.park()
        self.command(2, "resume", "--window", "soon")
        said = self.command(5, "resume", "--window", moment(7200))
        self.assertIn("the window begins at", said)
        self.assertIn("the run stays parked", said)
        self.assertEqual(self.state(), "parked")

    def test_a_fact_that_changed(self):
        box.write(os.path.join(self.host, "etc/box/kind"), "small\n")
        self.before = box.snapshot(self.host)
        self.edit_spec(("upgrade v", FACTS),
                       ("    files.link(", '    when kind == "large" { files.remove("/opt/box-0") }\n    files.link('))
        self.park()
        box.write(os.path.join(self.host, "etc/box/kind"), "large\n")
        said = self.command(3, "resume")
        self.assertIn("fact `kind` was `small` and is `large` since the run was parked", said)
        self.assertEqual(self.state(), "rolled back")
        self.assertFalse(self.has("opt/box-2"))

    def test_another_version_is_installed_meanwhile(self):
        self.park()
        box.write(os.path.join(self.host, "etc/box/release"), "1.0.1\n")
        self.assertIn("fact `installed` was `1.0.0` and is `1.0.1`", self.command(3, "resume"))
        self.assertFalse(self.has("opt/box-2"))

    def test_what_prepare_left_was_changed(self):
        self.park()
        path = os.path.join(self.host, "opt/box-2/boxd")
        box.write(path, "#!/bin/sh\necho somebody\n", 0o755)
        said = self.command(5, "resume")
        self.assertIn("what prepare left was changed by somebody else (1): `prepare/1`", said)
        self.assertEqual((self.state(), self.release()), ("parked", "1.0.0"))
        said = self.command(0, "rollback")
        self.assertIn("what somebody else had changed is kept", said)
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_preflight_is_asked_again(self):
        self.edit_spec(("  prepare {", '  preflight { files.expect("/etc/box/calm") }\n  prepare {'))
        box.write(os.path.join(self.host, "etc/box/calm"), "")
        self.park()
        os.remove(os.path.join(self.host, "etc/box/calm"))
        self.assertIn("`preflight/1`", self.command(5, "resume"))
        self.assertEqual(self.state(), "parked")
        box.write(os.path.join(self.host, "etc/box/calm"), "")
        self.go()
        self.command(0, "resume")

    def test_what_is_temporary_and_ended_is_issued_again(self):
        box.write(os.path.join(self.host, "etc/cron.d/box"), "* * * * * root true\n")
        before = box.snapshot(self.host)
        self.edit_spec(("import std.files", "import std.cron\nimport std.files"),
                       ("  prepare {", '  prepare {\n    let quiet = cron.suspend("/etc/cron.d/box")'),
                       ('contains: "2.0.0")\n  }\n', 'contains: "2.0.0")\n  }\n  cleanup { end quiet }\n'))
        path = os.path.join(self.host, "etc/cron.d/box")
        was_ns = os.stat(path).st_mtime_ns
        self.park()
        self.assertFalse(self.has("etc/cron.d/box"))
        os.rename(path + ".suspended", path)
        os.utime(path, ns=(was_ns, was_ns))
        process = self.start_program("resume", "--root", self.host, "--yes")
        self.wait_for_step()
        self.assertFalse(self.has("etc/cron.d/box"))
        self.kill_runner()
        process.communicate(timeout=60)
        self.remove_markers()
        self.command(0, "rollback")
        self.assertEqual(box.snapshot(self.host), before)

    def test_approvals_hold_when_it_goes_on_or_are_given_anew(self):
        box.write(os.path.join(self.host, "etc/hostname"), "web1\n")
        self.edit_spec(("upgrade v", "people product, support\n\nupgrade v"),
                       ("  window ", "  approvals product, support\n  window "))
        package = self.pack()
        release, anna = Key(self.folder, "release"), Key(self.folder, "anna")
        release.trust(self.host)
        anna.trust(self.host, "roles/support", "anna")
        release.sign(package)
        self.assertEqual(self.run_program("sign", package).code, 0)

        def approve(window):
            result = self.run_program("approve", package, "--as", "support", "--host", "web1",
                                      "--window", window)
            self.assertEqual(result.code, 0, result)
            path = os.path.join(self.folder, "support.approval")
            anna.sign(path, "approved")
            return path

        self.assertIn("not approved by `support`",
                      self.command(5, "apply", package, "--until", "prepare", "--approve",
                                   "product=ben"))
        self.park(package, "--approve", "product=ben", "--approval", approve(moment(7200)))
        # Its window is the one that was approved, and no other.
        self.assertIn("the window begins at", self.command(5, "resume"))
        said = self.command(5, "resume", "--window", moment(0))
        self.assertIn("is for the window that begins at", said)
        self.assertEqual(self.state(), "parked")
        # The key is trusted no longer; then it is again, and support has approved another window.
        key = os.path.join(self.host, "etc/upgraph/trust/roles/support/anna.pub")
        os.rename(key, key + ".gone")
        self.assertIn("cannot be judged", self.command(5, "resume"))
        os.rename(key + ".gone", key)
        self.go()
        self.command(0, "apply", package, "--approval", approve(moment(0)))
        self.assertEqual(self.release(), "2.0.0")

    def test_prepare_of_later_hops_comes_after_the_switch_of_the_first(self):
        with open(self.spec, encoding="utf-8") as file:
            text = file.read()
        head, upgrade = text.split("upgrade v1.0", 1)
        upgrade = upgrade.replace('    wait_for_go("/usr/lib/box/wait", "/var/lib/box/went")\n', "")
        second = upgrade.replace("..< v2.0 -> v2.0.0", "..< v3.0 -> v3.0.0").replace("box-2", "box-3")
        second = second.replace("payload/release", "payload/release-3").replace('"2.0.0"', '"3.0.0"')
        box.write(os.path.join(self.folder, "payload/release-3"), "3.0.0\n")
        box.write(self.spec, head.replace("v1.0.0, v2.0.0", "v1.0.0, v2.0.0, v3.0.0")
                  + "upgrade v1.0" + upgrade + "\nupgrade v2.0" + second)
        self.park()
        self.assertEqual((self.has("opt/box-2"), self.has("opt/box-3")), (True, False))
        self.command(0, "resume")
        self.assertEqual((self.release(), self.has("opt/box-3")), ("3.0.0", True))

    def test_what_an_earlier_run_does_later_is_done_meanwhile(self):
        self.edit_spec(('    wait_for_go("/usr/lib/box/wait", "/var/lib/box/went")\n', ""),
                       ('contains: "2.0.0")\n  }\n', 'contains: "2.0.0")\n  }\n' + LATER))
        self.command(0, "apply", "box.upg")
        self.edit_spec(("v1.0.0, v2.0.0", "v1.0.0, v2.0.0, v3.0.0"), ("v1.0 ..< v2.0 -> v2.0.0", "v2.0 ..< v3.0 -> v3.0.0"),
                       ("box-2", "box-3"), ("box-2", "box-3"), (LATER, ""),
                       ('contains: "2.0.0"', 'contains: "3.0.0"'))
        box.write(os.path.join(self.folder, "payload/release"), "3.0.0\n")
        self.park()
        self.wait_until(lambda: self.run_program("tick", "--root", self.host).code == 0
                        and not self.has("opt/box-1"), "the cleanup of the run before")
        self.assertEqual(self.state(), "parked")
        self.command(0, "resume")
        self.assertEqual(self.release(), "3.0.0")


if __name__ == "__main__":
    unittest.main()
