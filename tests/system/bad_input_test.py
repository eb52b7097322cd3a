"""Bad input: a clear error, the right exit code, and a host that nobody touched."""

import json
import os
import unittest

import box


def place(text):
    """Where it stands in the spec."""
    return f"box.upg:{box.SPEC[:box.SPEC.index(text)].count(chr(10)) + 1}:"


class BadInput(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.before = box.snapshot(self.host)

    def refused(self, code, words, *arguments, **options):
        """Ends with `code`, says every one of `words` on standard error, changes nothing."""
        result = self.run_program(*arguments, **options)
        self.assertEqual(result.code, code, result)
        for word in words:
            self.assertIn(word, result.err, result)
        self.assertEqual(box.snapshot(self.host), self.before)
        return result

    def change_spec(self, old, new):
        self.assertIn(old, box.SPEC)
        box.write(self.spec, box.SPEC.replace(old, new))

    # ---- the spec: exit 1, with the place ----

    def test_unknown_step(self):
        self.change_spec("files.link(", "files.lnk(")
        for command in (["check", "box.upg"], ["pack", "box.upg"], ["plan", "box.upg"],
                        ["apply", "box.upg", "--root", self.host]):
            result = self.refused(1, [place("files.link("), "error:", "files.lnk", "files.link", "^"],
                                  *command)
            self.assertIn("files.link", result.err)

    def test_wrong_type(self):
        self.change_spec('"/opt/box", to:', "30s, to:")
        self.refused(1, [place("files.link("), "Duration", "Path"], "apply", "box.upg", "--root",
                     self.host)

    def test_missing_payload_file(self):
        os.remove(os.path.join(self.folder, "payload/release"))
        for command in (["check", "box.upg"], ["pack", "box.upg"],
                        ["apply", "box.upg", "--root", self.host]):
            self.refused(1, [place('"payload/release"'), "payload/release"], *command)
        self.assertFalse(os.path.exists(os.path.join(self.folder,
                                                     "Full-upgrade-package-box.zip")))

    def test_payload_that_leads_out(self):
        os.symlink("../../../etc/passwd", os.path.join(self.folder, "payload/opt/box/out"))
        self.refused(1, ["payload/opt/box/out", "leaves `payload`"], "pack", "box.upg")

    def test_no_such_spec(self):
        self.refused(1, ["there is no file `nothing.upg`"], "check", "nothing.upg")

    def test_spec_with_bytes_that_are_no_text(self):
        with open(self.spec, "wb") as file:
            file.write(b"product \xff\xfe {\n")
        self.refused(1, ["box.upg:1:"], "check", "box.upg")

    # ---- the package: exit 5 ----

    def test_unreadable_package(self):
        package = self.pack()
        with open(package, "rb") as file:
            good = file.read()
        for bad, word in ((b"", "too short"), (b"not a zip at all", "too short"),
                          (os.urandom(100000), "cut off"), (good[:-1], "cut off"),
                          (good[:len(good) // 2], "cut off"), (good + b"x", "bytes were added")):
            with open(package, "wb") as file:
                file.write(bad)
            self.refused(5, [package, word], "apply", package, "--root", self.host)
        os.remove(package)
        self.refused(5, [package, "No such file"], "apply", package, "--root", self.host)
        os.mkdir(package)
        self.refused(5, [package, "Is a directory"], "apply", package, "--root", self.host)

    def test_package_with_a_changed_file(self):
        package = self.pack()
        entries = [(name, mode, content.replace(b"2.0.0\n", b"6.6.6\n")
                    if name == "payload/release" else content)
                   for name, mode, content in box.read_package(package)]
        box.write_package(package, entries)
        self.refused(5, ["payload/release", "manifest"], "apply", package, "--root", self.host)

    def test_the_rewriter_itself_makes_good_packages(self):
        package = self.pack()
        box.replace_plan(package, box.plan_of(package))
        result = self.run_program("plan", package)
        self.assertEqual(result.code, 0, result)

    def test_truncated_plan(self):
        package = self.pack()
        plan = box.plan_of(package)
        for size in (0, 1, 31, 32, 40, len(plan) // 2, len(plan) - 1):
            box.replace_plan(package, plan[:size])
            for command in (["plan", package], ["apply", package, "--root", self.host]):
                self.refused(5, ["the plan in `"], *command)

    def test_plan_of_another_format_version(self):
        package = self.pack()
        box.replace_plan(package, box.with_format_version(box.plan_of(package), 2))
        self.refused(5, ["a plan of format 2", "reads format 1"], "apply", package, "--root", self.host)

    def test_package_from_somewhere_else(self):
        import zipfile
        package = os.path.join(self.folder, "other.zip")
        with zipfile.ZipFile(package, "w") as other:
            other.writestr("../../etc/passwd", "root::0:0::/:/bin/sh\n")
        self.refused(5, [package], "apply", package, "--root", self.host)

    # ---- the host: exit 5 ----

    def test_version_that_is_not_installed(self):
        box.write(os.path.join(self.host, "etc/box/release"), "3.0.0\n")
        self.before = box.snapshot(self.host)
        package = self.pack()
        self.refused(5, ["3.0.0"], "apply", package, "--root", self.host)
        self.refused(5, ["3.0.0"], "plan", package, "--root", self.host)
        self.assertEqual(self.runs(), [])

    def test_version_that_cannot_be_read(self):
        os.remove(os.path.join(self.host, "etc/box/release"))
        self.before = box.snapshot(self.host)
        package = self.pack()
        self.refused(5, ["/etc/box/release"], "apply", package, "--root", self.host)
        self.assertEqual(self.runs(), [])

    def test_root_that_does_not_exist(self):
        package = self.pack()
        nowhere = os.path.join(self.folder, "nowhere")
        for command in (["apply", package], ["plan", package], ["resume"], ["rollback"],
                        ["status"], ["history"]):
            self.refused(5, [nowhere, "No such file"], *command, "--root", nowhere)
        self.assertFalse(os.path.exists(nowhere))
        self.refused(5, [self.spec], "status", "--root", self.spec)

    def test_unsigned_on_this_system(self):
        package = self.pack()
        os.symlink("/", os.path.join(self.folder, "slash"))
        for root in ([], ["--root", "/"], ["--root", "/../."], ["--root", "slash"]):
            self.refused(5, ["not signed", "--root"], "apply", package, *root)

    @unittest.skipIf(os.path.exists("/run/systemd/system"), "systemd runs here")
    def test_service_without_systemd(self):
        package = self.pack()
        self.refused(5, ["systemd", "--runner process"], "apply", package, "--root", self.host,
                     "--runner", "service")

    def test_nothing_to_roll_back(self):
        self.refused(5, ["nothing to roll back"], "rollback", "--root", self.host)
        self.assertEqual(self.runs(), [])

    # ---- other runs: exit 5 ----

    def test_second_run_while_one_is_alive(self):
        package = self.pack()
        first = self.start_program("apply", package, "--root", self.host)
        self.wait_for_step()
        for command in (["apply", package], ["resume"], ["rollback"]):
            result = self.run_program(*command, "--root", self.host)
            self.assertEqual(result.code, 5, result)
            self.assertIn("another", result.err, result)
        answer = self.run_program("apply", package, "--root", self.host, "--format", "json")
        final = json.loads(answer.out.splitlines()[-1])
        self.assertEqual((final["exit_code"], final["retry"]), (5, True), answer)
        self.go()
        out, err = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 0, out + err)
        self.assertEqual(self.release(), "2.0.0")

    def test_other_package_while_a_run_is_unfinished(self):
        package = self.pack()
        first = self.start_program("apply", package, "--root", self.host)
        self.wait_for_step()
        self.kill_runner()
        self.assertEqual(first.wait(timeout=30), 6)
        first.communicate()
        middle = box.snapshot(self.host)
        box.write(os.path.join(self.folder, "payload/opt/box/boxd"), "#!/bin/sh\necho 2b\n", 0o755)
        result = self.run_program("apply", self.pack(), "--root", self.host, "--yes")
        self.assertEqual(result.code, 5, result)
        self.assertIn("unfinished", result.err, result)
        self.assertEqual(box.snapshot(self.host), middle)
        self.go()
        result = self.run_program("rollback", "--root", self.host)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(box.snapshot(self.host), self.before)

    # ---- no error ----

    def test_nothing_to_resume(self):
        result = self.run_program("resume", "--root", self.host)
        self.assertEqual(result.code, 0, result)
        self.assertIn("nothing to resume", result.out, result)

    def test_same_package_after_its_commit(self):
        package = self.pack()
        self.go()
        result = self.run_program("apply", package, "--root", self.host)
        self.assertEqual(result.code, 0, result)
        after = box.snapshot(self.host)
        result = self.run_program("apply", package, "--root", self.host)
        self.assertEqual(result.code, 0, result)
        self.assertIn("already", result.out, result)
        self.assertEqual(box.snapshot(self.host), after)
        self.assertEqual(len(self.runs()), 1)


if __name__ == "__main__":
    unittest.main()
