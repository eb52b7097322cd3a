#!/usr/bin/python3
"""host_snapshot.py sees each way in which a host can differ, and nothing where none does."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SUPPORT = pathlib.Path(__file__).resolve().parent
MAKE_HOST = SUPPORT.parent.parent / "examples/dten/make_host.sh"
sys.path.insert(0, str(SUPPORT))
import host_snapshot  # noqa: E402


def objects(root):
    result = {}
    for line in host_snapshot.snapshot(root):
        path, *fields = line.split(" ")
        result[path] = dict(zip(host_snapshot.FIELDS, fields))
    return result


class Snapshot(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.host = self.folder + "/host"
        subprocess.run([MAKE_HOST, self.host], check=True, stderr=subprocess.DEVNULL)
        self.before = objects(self.host)

    def difference(self):
        return host_snapshot.compare(self.before, objects(self.host))[0]

    def assert_changed(self, path, field):
        found = self.difference()
        self.assertTrue(any(line.startswith(f"changed: {path}: ") and f"{field} " in line
                            for line in found), found)

    def test_two_hosts_are_alike(self):
        other = self.folder + "/other"
        subprocess.run([MAKE_HOST, other], check=True, stderr=subprocess.DEVNULL)
        found, equal = host_snapshot.compare(self.before, objects(other))
        self.assertEqual(found, [])
        self.assertEqual(equal, len(self.before))
        self.assertGreater(equal, 30)

    def test_content_of_the_same_size_and_time(self):
        path = self.host + "/etc/dten/release"
        times = os.stat(path)
        with open(path, "w", encoding="ascii") as file:
            file.write("4.8.4\n")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.assert_changed("etc/dten/release", "sha256")

    def test_mode_and_one_nanosecond(self):
        path = self.host + "/etc/cron.d/dten-netd"
        os.chmod(path, 0o600)
        self.assert_changed("etc/cron.d/dten-netd", "mode")
        os.chmod(path, 0o644)
        self.assertEqual(self.difference(), [])
        time = os.stat(path).st_mtime_ns + 1
        os.utime(path, ns=(time, time))
        self.assert_changed("etc/cron.d/dten-netd", "mtime")

    def test_link_target_and_its_time(self):
        path = self.host + "/opt/dten"
        time = os.lstat(path).st_mtime_ns
        folder = os.stat(self.host + "/opt").st_mtime_ns
        os.unlink(path)
        os.symlink("/opt/dten-4.8.2", path)
        os.utime(path, ns=(time, time), follow_symlinks=False)
        os.utime(self.host + "/opt", ns=(folder, folder))
        self.assert_changed("opt/dten", "size")

    def test_attributes(self):
        path = self.host + "/etc/dten/release"
        try:
            os.setxattr(path, "user.note", b"x")
        except OSError:
            self.skipTest("no user attributes here")
        self.assert_changed("etc/dten/release", "xattrs")

    def test_new_and_gone(self):
        os.mkfifo(self.host + "/run/dten/pipe")
        os.unlink(self.host + "/etc/cron.d/dten-netd")
        found = self.difference()
        self.assertIn("new: run/dten/pipe (pipe)", found)
        self.assertIn("gone: etc/cron.d/dten-netd (file)", found)

    def test_a_database_is_its_rows(self):
        path = self.host + "/var/lib/dten/dten.db"
        subprocess.run(["sqlite3", path, "VACUUM"], check=True)
        found = [line for line in self.difference() if "dten.db" in line]
        self.assertEqual(found, [])
        subprocess.run(["sqlite3", path, "UPDATE session SET bytes = 7 WHERE id = 4000"], check=True)
        self.assert_changed("var/lib/dten/dten.db", "sha256")

    def test_what_the_program_keeps_is_its_own(self):
        with open(self.host + "/var/lib/upgraph/journal", "w", encoding="ascii") as file:
            file.write("x")
        self.assertEqual(self.difference(), [])
        os.chmod(self.host + "/var/lib/upgraph", 0o755)
        self.assert_changed("var/lib/upgraph", "mode")

    def test_times_of_folders_that_were_written_to(self):
        release = self.host + "/opt/release"
        with open(release, "w", encoding="ascii") as file:
            file.write("x")
        there = objects(self.host)
        os.unlink(release)
        back = objects(self.host)
        self.assertNotEqual(host_snapshot.compare(self.before, back)[0], [])
        self.assertEqual(host_snapshot.compare(self.before, back, there)[0], [])


if __name__ == "__main__":
    unittest.main()
