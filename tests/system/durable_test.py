"""A state folder that a reboot takes away: refused, or accepted and said of the run.

The mounts lie in a mount namespace that nobody else sees; only root can make one."""

import json
import os
import subprocess
import sys
import unittest

import box
from mounts import LIBC, MNT_DETACH, must, use_own_mounts


def mount(kind, at, options=""):
    os.makedirs(at, exist_ok=True)
    must(LIBC.mount(kind.encode(), at.encode(), kind.encode(), 0, options.encode()),
         f"mount {kind}")


class Durable(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.mounts = []
        self.go()

    def tearDown(self):
        for at in reversed(self.mounts):
            LIBC.umount2(at.encode(), MNT_DETACH)
        super().tearDown()

    def mount(self, kind, at, options=""):
        mount(kind, at, options)
        self.mounts.append(at)

    def host_in(self, folder):
        """Another host, made below that folder."""
        self.host = os.path.join(folder, "host")
        os.makedirs(self.host)
        self.make_host()
        self.go()
        return box.snapshot(self.host)

    def apply(self, *options):
        # Without what box.py adds.
        done = subprocess.run([box.PROGRAM, "apply", self.spec, "--root", self.host, "--yes",
                               "--foreground", *options], capture_output=True, text=True,
                              timeout=60, cwd=self.folder, check=False)
        return box.Result(done.returncode, done.stdout, done.stderr)

    def refused(self, *words):
        before = box.snapshot(self.host)
        result = self.apply()
        self.assertEqual(result.code, 5, result)
        for word in (*words, "--not-durable", "/var/lib/upgraph"):
            self.assertIn(word, result.out + result.err)
        self.assertEqual(box.snapshot(self.host), before)
        self.assertEqual(self.runs(), [])

    def marks(self):
        return [run["not_durable"] for run in self.runs()]

    def on_disk(self):
        """A folder on a disk, whatever the temporary folder lies on; None where there is none."""
        for folder in (self.folder, "/var/tmp"):
            kind = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True,
                                  text=True, check=True).stdout.strip()
            if kind not in ("tmpfs", "ramfs", "overlayfs"):
                made = os.path.join(folder, f"upgraph-durable-{os.getpid()}")
                os.makedirs(made)
                self.addCleanup(subprocess.run, ["rm", "-rf", made], check=False)
                return made
        return None

    def test_in_memory_it_is_refused(self):
        for kind in ("tmpfs", "ramfs"):
            at = os.path.join(self.folder, kind)
            self.mount(kind, at)
            self.host_in(at)
            self.refused(f"lies on {kind}")
        # Only the state folder does.
        disk = self.on_disk()
        if disk is not None:
            self.host_in(disk)
            self.mount("tmpfs", os.path.join(self.host, box.STATE))
            self.refused("lies on tmpfs")

    def test_who_accepts_it_is_told_ever_after(self):
        at = os.path.join(self.folder, "memory")
        self.mount("tmpfs", at)
        before = self.host_in(at)
        result = self.apply("--not-durable")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.marks(), ["tmpfs"])
        status = self.run_program("status", "--root", self.host).out
        self.assertIn("durable   no: its state lies on tmpfs; a reboot or a power cut takes it away",
                      status)
        story = self.run_program("history", self.runs()[0]["run"], "--root", self.host).out
        self.assertRegex(story, "not-durable +tmpfs")
        told = json.loads(self.run_program("report", "--root", self.host, "--format", "json").out)
        self.assertEqual(told["not_durable"], "tmpfs")
        # Who goes on with it needs no option.
        result = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(box.snapshot(self.host), before)

    def test_on_a_disk_nothing_is_to_be_accepted(self):
        disk = self.on_disk()
        if disk is None:
            self.skipTest("nothing here lies on a disk")
        self.host_in(disk)
        for options in ((), ("--not-durable",)):
            result = self.apply(*options)
            self.assertEqual(result.code, 0, result)
            result = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
            self.assertEqual(result.code, 0, result)
        self.assertEqual(self.marks(), [None, None])
        self.assertNotIn("durable", self.run_program("status", "--root", self.host).out)

    def overlay(self, folder, more=""):
        for name in ("lower", "upper", "work"):
            os.makedirs(os.path.join(folder, name))
        at = os.path.join(self.folder, "merged" + str(len(self.mounts)))
        options = ",".join(f"{name}dir={folder}/{name}" for name in ("lower", "upper", "work"))
        self.mount("overlay", at, options + more)
        self.host_in(at)

    def test_an_overlay_keeps_what_its_upper_folder_keeps(self):
        memory = os.path.join(self.folder, "in memory")  # a blank, which mountinfo writes as \\040
        self.mount("tmpfs", memory)
        self.overlay(memory)
        self.refused(f"an overlay over `{memory}/upper`, which lies on tmpfs")
        disk = self.on_disk()
        if disk is None:
            return
        self.overlay(os.path.join(disk, "a"))
        result = self.apply()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.marks(), [None])
        try:
            self.overlay(os.path.join(disk, "b"), ",volatile")
        except OSError:
            return  # a kernel that does not know it
        self.refused("an overlay that was mounted `volatile`")


if __name__ == "__main__":
    try:
        use_own_mounts()
    except OSError as error:
        print("skipped: only root can mount:", error)
        sys.exit(77)
    unittest.main(verbosity=2)
