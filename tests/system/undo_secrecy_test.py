"""What a run sets aside is root's alone: nobody else reads or changes it, whatever the mode of the old
object was, and a rollback leaves none of it."""

import os
import sys
import unittest

import box

OLD = "old-content-5f0c7d11"
NOBODY = 65534


def can(act, path):
    """Whether somebody without rights can do that to it."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            act(path)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def read(path):
    """A byte of it, or the names in it."""
    if os.path.isdir(path):
        os.listdir(path)
    else:
        with open(path, "rb") as file:
            file.read(1)


def change(path):
    """Another byte at its end, or another name in it."""
    if os.path.isdir(path):
        os.mknod(os.path.join(path, "planted"))
    else:
        with open(path, "ab"):
            pass


class UndoSecrecyTest(box.BoxTest):
    def setUp(self):
        super().setUp()
        # Anybody gets as far as the state folder, and the old object was for everybody to read.
        for folder in (self.folder, self.host):
            os.chmod(folder, 0o755)
        box.write(os.path.join(self.host, "etc/box/other"), OLD, 0o666)
        spec = box.SPEC.replace(
            '    files.install("payload/release", to: "/etc/box/release")\n',
            '    files.install("payload/release", to: "/etc/box/other")\n'
            '    files.install("payload/release", to: "/etc/box/release")\n')
        box.write(self.spec, spec)
        self.go()

    def state(self):
        """Every object that the state folder holds, itself included."""
        top = os.path.join(self.host, box.STATE)
        found = [top]
        for folder, folders, files in os.walk(top):
            found += [os.path.join(folder, name) for name in folders + files]
        return found

    def holding_old(self):
        found = []
        for path in self.state():
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    if OLD.encode() in file.read():
                        found.append(path)
        return found

    def test_nobody_reads_it_and_a_rollback_removes_it(self):
        self.assertTrue(can(read, os.path.join(self.host, "etc/box/other")))
        self.assertTrue(can(change, os.path.join(self.host, "etc/box/other")))
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)
        self.assertNotEqual(self.holding_old(), [])
        for path in self.state():
            self.assertFalse(can(read, path), path)
            self.assertFalse(can(change, path), path)
            self.assertFalse(can(os.remove, path), path)
        result = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.holding_old(), [])
        self.assertTrue(can(read, os.path.join(self.host, "etc/box/other")))

    def test_what_others_could_have_put_there_is_not_carried_out(self):
        top = os.path.join(self.host, box.STATE)
        self.assertEqual(self.run_program("apply", "box.upg", "--root", self.host, "--yes",
                                          "--foreground").code, 0)
        before = box.snapshot(self.host)
        for owner, mode in ((0, 0o777), (0, 0o770), (NOBODY, 0o700)):
            os.chown(top, owner, 0)
            os.chmod(top, mode)
            self.assertEqual(can(change, top), mode == 0o777 or owner == NOBODY)
            self.remove_planted(top)
            for command in (["apply", "box.upg"], ["resume"], ["rollback"], ["tick"]):
                more = ["--yes", "--foreground"] if command != ["tick"] else []
                result = self.run_program(*command, "--root", self.host, *more)
                self.assertEqual(result.code, 5, f"{command}: {result}")
                self.assertIn("may be changed by others", result.out + result.err)
                self.assertIn("chmod 0700", result.out + result.err)
            self.assertEqual(box.snapshot(self.host), before)
        os.chown(top, 0, 0)
        os.chmod(top, 0o700)
        result = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)

    def test_a_folder_that_somebody_made_before_is_not_used(self):
        top = os.path.join(self.host, box.STATE)
        os.makedirs(top)
        os.chown(top, NOBODY, 0)
        before = box.snapshot(self.host)
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 5, result)
        self.assertIn("may be changed by others", result.out + result.err)
        self.assertEqual(box.snapshot(self.host), before)

    def remove_planted(self, top):
        if os.path.exists(os.path.join(top, "planted")):
            os.remove(os.path.join(top, "planted"))


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: only root can become somebody else")
        sys.exit(77)
    unittest.main()
