"""What stood in the way of a step waits, set aside, for the way back: on the target's own mount, with all
that belongs to it. What somebody does to it meanwhile, or puts back by hand, is seen."""

import json
import os
import signal
import subprocess
import unittest

import box
import mounts

RELEASE = "etc/box/release"
# May bind to ports below 1024: struct vfs_cap_data of linux/capability.h, version 2.
CAPABILITY = bytes.fromhex("00000002" "00040000" "00000000" "00000000" "00000000")


class Case(box.BoxTest):
    def host_path(self, name):
        return os.path.join(self.host, name)

    def apply(self):
        """To its end."""
        self.go()
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)

    def apply_and_kill(self):
        """After the link, in the step that waits."""
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.wait_for_step()
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=60)

    def rollback(self, code):
        result = self.run_program("rollback", "--root", self.host, "--yes", "--foreground",
                                  "--format", "json")
        self.assertEqual(result.code, code, result)
        return json.loads(result.out.strip().splitlines()[-1])

    def set_aside(self, content):
        """The one file of the state that holds it."""
        found = []
        for folder, _, names in os.walk(self.host_path(box.STATE)):
            for path in (os.path.join(folder, name) for name in names):
                if not os.path.islink(path):
                    with open(path, "rb") as file:
                        found += [path] if file.read() == content else []
        self.assertEqual(len(found), 1, found)
        return found[0]


class SetAsideTest(Case):
    def assert_left(self, end, why):
        self.assertEqual([step["step"] for step in end["leftovers"]], ["switch/3"])
        self.assertRegex(end["leftovers"][0]["reason"], why)

    def test_changed_where_it_waits_it_is_named(self):
        self.apply()
        with open(self.set_aside(b"1.0.0\n"), "r+b") as file:
            file.write(b"9")
        self.assert_left(self.rollback(4), "`/etc/box/release` .* was changed while it was set aside")

    def test_gone_from_where_it_waits_it_is_named_and_nothing_is_in_its_place(self):
        self.apply()
        os.remove(self.set_aside(b"1.0.0\n"))
        self.assert_left(self.rollback(4), "what stood at `/etc/box/release` is gone from")
        self.assertEqual(self.release(), "2.0.0")

    def test_put_back_by_hand_before_the_run_turns_back(self):
        link = self.host_path("opt/box")
        was = os.lstat(link)
        before = box.snapshot(self.host)
        self.apply_and_kill()
        self.assertEqual(os.readlink(link), "/opt/box-2")
        folder = os.lstat(self.host_path("opt"))
        os.remove(link)
        os.symlink("/opt/box-1", link)
        os.utime(link, ns=(was.st_atime_ns, was.st_mtime_ns), follow_symlinks=False)
        os.utime(self.host_path("opt"), ns=(folder.st_atime_ns, folder.st_mtime_ns))
        self.rollback(0)
        self.assertEqual(box.snapshot(self.host), before)

    def test_capabilities_and_attributes_come_back(self):
        release = self.host_path(RELEASE)
        os.setxattr(release, "security.capability", CAPABILITY)
        os.setxattr(release, "user.note", b"of the old one")
        before = box.snapshot(self.host)
        self.apply()
        self.assertNotIn("security.capability", os.listxattr(release))
        self.remove_markers()
        self.rollback(0)
        self.assertEqual(os.getxattr(release, "security.capability"), CAPABILITY)
        self.assertEqual(box.snapshot(self.host), before)


class MountTest(Case):
    """`/opt` of the host is a file system of its own, which only this process sees."""

    @classmethod
    def setUpClass(cls):
        mounts.use_own_mounts()

    def make_host(self):
        opt = self.host_path("opt")
        os.makedirs(opt)
        subprocess.run(["mount", "-t", "tmpfs", "none", opt], check=True)
        super().make_host()

    def tearDown(self):
        self.remove_markers()
        self.go()
        self.end_runner()
        subprocess.run(["umount", self.host_path("opt")], check=True)
        super().tearDown()

    def test_it_waits_on_the_mount_of_its_target(self):
        before = box.snapshot(self.host)
        self.apply_and_kill()
        opt = os.stat(self.host_path("opt"))
        self.assertNotEqual(opt.st_dev, os.stat(self.host).st_dev)
        links = [path for path in self.links_to("/opt/box-1") if path != self.host_path("opt/box")]
        self.assertEqual([os.lstat(path).st_dev for path in links], [opt.st_dev], links)
        self.rollback(0)
        self.assertEqual(box.snapshot(self.host), before)

    def links_to(self, target):
        return [path for folder, folders, files in os.walk(self.host)
                for path in (os.path.join(folder, name) for name in folders + files)
                if os.path.islink(path) and os.readlink(path) == target]


if __name__ == "__main__":
    unittest.main()
