"""A package that somebody changes while `apply` reads it: what was judged is what is used, or nothing is."""

import os
import random
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import box

SPEC = """\
import std.files

product box {
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  5m
  switch {
    files.install("payload/opt/box", to: "/opt/box-2")
    files.install("payload/release", to: "/etc/box/release")
  }
}
"""
TRIES = 4


class ChangingPackageTest(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(self.spec, SPEC)
        self.old = box.snapshot(self.host)
        self.random = random.Random(46)
        self.path = os.path.join(self.folder, "package.zip")
        self.packages = {}
        for name in "ab":
            box.write(os.path.join(self.folder, "payload/release"), f"2.0.0\n{name}\n")
            # Of a size that takes a while to be read, and that no packing makes small.
            with open(os.path.join(self.folder, "payload/opt/box/boxd"), "wb") as file:
                file.write(random.Random(name).randbytes(1 << 20))
            packed = self.pack()
            with open(packed, "rb") as file:
                self.packages[name] = file.read()
        # What each of them leads to when nobody changes it.
        self.new = {}
        for name, content in self.packages.items():
            self.put(content)
            self.assertEqual(self.apply().code, 0)
            self.new[name] = (self.content(), self.runs()[0]["package"])
            self.start_again()
        self.assertNotEqual(self.new["a"], self.new["b"])

    def start_again(self):
        shutil.rmtree(self.host)
        self.make_host()

    def put(self, content):
        with open(self.path, "wb") as file:
            file.write(content)

    def apply(self, *more):
        return self.run_program("apply", self.path, "--root", self.host, "--yes", *more)

    def content(self):
        return {path: what[-1] for path, what in box.snapshot(self.host).items()
                if isinstance(what[-1], bytes)}

    def judge(self, result):
        """All of one package, or nothing; whether it was done."""
        if result.code == 0:
            self.assertIn((self.content(), self.runs()[0]["package"]), self.new.values())
            return True
        self.assertIn(result.code, (2, 5), result)
        self.assertFalse(os.path.exists(os.path.join(self.host, box.STATE, "runs"))
                         and self.runs(), result)
        self.assertEqual(self.content(), {path: what[-1] for path, what in self.old.items()
                                          if isinstance(what[-1], bytes)})
        return False

    def while_changing(self, change):
        """How many of the tries were done, while another thread changes the package all the time."""
        done = 0
        for number in range(TRIES):
            is_over = threading.Event()

            def go_on(is_over=is_over):
                while not is_over.is_set():
                    change()

            changing = threading.Thread(target=go_on)
            changing.start()
            try:
                result = self.apply(*(["--foreground"] if number % 2 == 0 else []))
            finally:
                is_over.set()
                changing.join()
            done += self.judge(result)
            self.end_runner()
            self.start_again()
        return done

    def test_another_one_is_renamed_over_it(self):
        def change():
            fresh = self.path + ".new"
            with open(fresh, "wb") as file:
                file.write(self.packages[self.random.choice("ab")])
            os.rename(fresh, self.path)

        self.put(self.packages["a"])
        self.assertEqual(self.while_changing(change), TRIES)

    def test_bytes_are_changed_in_it(self):
        content = self.packages["a"]
        self.put(content)
        file = os.open(self.path, os.O_RDWR)

        def change():
            at = self.random.randrange(len(content))
            os.pwrite(file, bytes([content[at] ^ 1]), at)
            os.pwrite(file, content[at:at + 1], at)

        try:
            self.while_changing(change)
        finally:
            os.close(file)

    def test_one_is_written_over_the_other(self):
        self.put(self.packages["a"])
        file = os.open(self.path, os.O_RDWR)

        def change():
            content = self.packages[self.random.choice("ab")]
            os.pwrite(file, content, 0)
            os.ftruncate(file, len(content))

        try:
            self.while_changing(change)
        finally:
            os.close(file)

    def test_it_is_opened_once(self):
        self.put(self.packages["a"])
        for more in ([], ["--foreground"]):
            with tempfile.NamedTemporaryFile() as log:
                subprocess.run(["strace", "-f", "-o", log.name, "-e", "trace=open,openat,openat2",
                                box.PROGRAM, *box.accepting(("apply", self.path)), "--root",
                                self.host, "--yes", *more],
                               check=True, capture_output=True, timeout=120)
                calls = log.read().decode(errors="replace")
            opened = re.findall(rf'"{re.escape(self.path)}"', calls)
            self.assertEqual(len(opened), 1, calls)
            self.end_runner()
            self.start_again()


if __name__ == "__main__":
    unittest.main()
