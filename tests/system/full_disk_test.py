"""A disk that is really full, of blocks or of inodes: before a run, in its middle, and from the moment
on at which it turns back.

The host lies on an ext4 of its own in a file, mounted in a mount namespace that nobody else sees."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

import box
from mounts import LIBC, MNT_DETACH, must, use_own_mounts

DISK_BYTES = 64 << 20

SPEC = """\
import std.files

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

resource thing(number: Int) overlaps by name

/// Does nothing, and takes it back.
step nothing(number: Int) {
  phases   switch
  writes   thing(number)
  reverses by compensation
  takes    1s
  timeout  20s
  do       ["/bin/true"]
  undo     ["/bin/true"]
}

/// Waits outside of the disk: the first of all to go back.
step last(tool: Path, file: Path) {
  phases   switch
  reads    file(tool)
  writes   file(file)
  reverses by compensation
  takes    1s
  timeout  60s
  do       [tool, "do", file]
  undo     [tool, "undo", file]
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  30m
  prepare {
    files.install("payload/opt/box", to: "/opt/box-2")
  }
  switch {
    files.link("/opt/box", to: "/opt/box-2")
    files.install("payload/release", to: "/etc/box/release")
STEPS
    last("/usr/lib/box/tool", "/var/lib/box/large")
  }
  verify {
    files.expect("/etc/box/release", contains: "2.0.0")
  }
}
"""

DATABASE = 'let db = sql.sqlite("/var/lib/box/box.db")\n'

# `fills`: it writes until there is no room, and fails.
TOOL = """\
#!/bin/sh
case $1 in
  do)
    : > OUTSIDE/waiting
    if [ -e OUTSIDE/fills ]; then dd if=/dev/zero of="$ROOT$2" bs=64k 2>/dev/null || exit 1; fi
    while [ ! -e OUTSIDE/go ]; do sleep 0.02; done
    ;;
  undo)
    : > OUTSIDE/undoing
    while [ -e OUTSIDE/slow ]; do sleep 0.02; done
    rm -f "$ROOT$2"
    ;;
esac
"""


def mount_disk(folder, at):
    image = os.path.join(folder, "image")
    with open(image, "wb") as file:
        file.truncate(DISK_BYTES)
    # No reserve for root: full is full.
    subprocess.run(["mkfs.ext4", "-q", "-b", "4096", "-m", "0", "-N", "512", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, at], check=True, stderr=subprocess.DEVNULL)


def try_disk():
    """An error where no disk can be mounted: in a container without loop devices, say."""
    use_own_mounts()
    with tempfile.TemporaryDirectory(prefix="upgraph-test-") as folder:
        at = os.path.join(folder, "disk")
        os.mkdir(at)
        mount_disk(folder, at)
        must(LIBC.umount2(at.encode(), MNT_DETACH), "umount")


class FullDiskTest(box.BoxTest):
    def setUp(self):
        super().setUp()
        shutil.rmtree(self.host)
        os.mkdir(self.host)
        mount_disk(self.folder, self.host)
        self.make_host()
        self.write_spec(3)
        box.write(os.path.join(self.host, "usr/lib/box/tool"),
                  TOOL.replace("OUTSIDE", self.folder), 0o755)
        self.without = [box.STATE, "lost+found", "fill"]
        self.before = self.look()

    def look(self):
        return box.snapshot(self.host, without=self.without)

    def tearDown(self):
        self.mark("go")
        self.unmark("slow")
        must(LIBC.umount2(self.host.encode(), MNT_DETACH), "umount")
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_spec(self, count):
        steps = "\n".join(f"    nothing({number})" for number in range(count))
        spec = SPEC.replace("STEPS", steps)
        if os.path.exists(os.path.join(self.folder, "payload/migrations")):
            spec = spec.replace("import std.files\n", "import std.files\nimport std.sql\n")
            spec = spec.replace("resource thing", DATABASE + "\nresource thing")
            spec = spec.replace("    last(", '    sql.migrate(db, "payload/migrations")\n    last(')
        box.write(self.spec, spec)

    def mark(self, name):
        box.write(os.path.join(self.folder, name), "")

    def unmark(self, name):
        if os.path.exists(os.path.join(self.folder, name)):
            os.remove(os.path.join(self.folder, name))

    def wait_for(self, name):
        self.wait_until(lambda: os.path.exists(os.path.join(self.folder, name)), name)

    def fill_blocks(self, leave=0):
        """Every block, or all but so many bytes. What was written is on the disk."""
        os.makedirs(os.path.join(self.host, "fill"), exist_ok=True)
        # What ext4 held back for a file that grows comes free with its sync: more than one try.
        for number in range(20):
            os.sync()
            free = os.statvfs(self.host)
            room = free.f_bavail * free.f_frsize - leave
            if room <= 0:
                break
            with open(os.path.join(self.host, f"fill/blocks-{number}"), "wb", buffering=0) as file:
                for piece in (1 << 20, free.f_frsize):
                    try:
                        while room >= piece:
                            room -= os.write(file.fileno(), bytes(piece))
                    except OSError:
                        pass
                os.fsync(file.fileno())
        self.assertLessEqual(os.statvfs(self.host).f_bavail * free.f_frsize, leave)

    def fill_inodes(self):
        os.makedirs(os.path.join(self.host, "fill"), exist_ok=True)
        with self.assertRaises(OSError):
            for number in range(10_000):
                os.mknod(os.path.join(self.host, f"fill/{number}"))
        self.assertEqual(os.statvfs(self.host).f_ffree, 0)

    def start(self):
        return self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")

    def turn_back(self, fill, count=3, looks=False):
        """A run that is asked to turn back; `fill` is called once that has begun."""
        self.write_spec(count)
        self.mark("slow")
        run = self.start()
        self.wait_for("waiting")
        run.send_signal(signal.SIGTERM)
        self.wait_for("undoing")
        fill()
        ended = threading.Event()
        seen = []

        def look():
            while not ended.is_set():
                seen.append(self.run_program("status", "--root", self.host))

        looker = threading.Thread(target=look)
        if looks:
            looker.start()
        self.unmark("slow")
        out, err = run.communicate(timeout=120)
        ended.set()
        if looks:
            looker.join()
            self.assertGreater(len(seen), 0)
            for result in seen:
                self.assertEqual(result.err, "", result)
        result = box.Result(run.returncode, out, err)
        self.assertEqual(run.returncode, 3, result)
        self.assert_as_before(result)

    def assert_as_before(self, result):
        self.assertEqual(self.look(), self.before, result)
        shutil.rmtree(os.path.join(self.host, "fill"), ignore_errors=True)
        state = self.run_program("status", "--root", self.host)
        self.assertIn("rolled back", state.out, state)

    def ballast(self):
        runs = os.path.join(self.host, box.STATE, "runs")
        return os.path.join(runs, os.listdir(runs)[0], "ballast")

    def test_no_block_from_the_moment_on_that_it_turns_back(self):
        self.turn_back(self.fill_blocks)

    def test_no_inode_from_the_moment_on_that_it_turns_back(self):
        self.turn_back(self.fill_inodes)

    def test_neither_and_somebody_looks_all_the_while(self):
        def fill():
            for number in range(20):
                box.write(os.path.join(self.host, f"fill/blocks-{number}"), "")
            self.fill_inodes()
            self.fill_blocks()
        self.turn_back(fill, count=40, looks=True)

    def test_the_ballast_is_given_back_when_nothing_else_is_left(self):
        # A reader that holds its snapshot keeps the WAL from being used again: it has to grow.
        readers = []

        def fill():
            reader = sqlite3.connect(os.path.join(os.path.dirname(self.ballast()), "journal.db"),
                                     isolation_level=None, check_same_thread=False)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM event").fetchone()
            readers.append(reader)
            self.assertGreater(os.path.getsize(self.ballast()), 0)
            self.fill_blocks()

        try:
            self.turn_back(fill, count=400)
        finally:
            for reader in readers:
                reader.close()
        self.assertFalse(os.path.exists(self.ballast()))

    def add_database(self):
        """And a migration of it that writes every row, and needs room for a copy on its way back."""
        path = os.path.join(self.host, "var/lib/box/box.db")
        database = sqlite3.connect(path)
        with database:
            database.execute("CREATE TABLE item (number INTEGER PRIMARY KEY, text TEXT)")
            database.executemany("INSERT INTO item VALUES (?, ?)",
                                 ((number, f"item {number} " * 8) for number in range(10_000)))
        database.close()
        migration = os.path.join(self.folder, "payload/migrations/001_kind")
        box.write(migration + ".up.sql", """\
ALTER TABLE item ADD COLUMN kind TEXT;
UPDATE item SET kind = 'kind ' || number % 100;
CREATE INDEX item_kind ON item (kind, text);
""")
        box.write(migration + ".down.sql", """\
DROP INDEX item_kind;
CREATE TABLE copy AS SELECT number, text FROM item;
INSERT INTO copy SELECT number + 10000, text FROM item;
DELETE FROM copy WHERE number > 10000;
ALTER TABLE item DROP COLUMN kind;
DROP TABLE copy;
""")
        self.without.append("var/lib/box/box.db")  # told by its rows
        self.before = self.look()

    def rows(self):
        database = sqlite3.connect(os.path.join(self.host, "var/lib/box/box.db"))
        try:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            return list(database.iterdump())
        finally:
            database.close()

    def turn_back_a_migration(self, fill):
        self.add_database()
        rows = self.rows()
        self.turn_back(fill)
        self.assertEqual(self.rows(), rows)

    def test_a_migration_goes_back_without_a_block(self):
        self.turn_back_a_migration(self.fill_blocks)

    def test_a_migration_goes_back_without_an_inode(self):
        self.turn_back_a_migration(self.fill_inodes)

    def test_a_migration_does_not_begin_without_room_for_its_way_back(self):
        self.add_database()
        rows = self.rows()
        self.write_spec(3)
        self.fill_blocks(leave=12 << 20)
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.assertIn(result.code, (3, 5), result)
        self.assertRegex(result.out + result.err, "the run needs|the reserve for the way back")
        shutil.rmtree(os.path.join(self.host, "fill"))
        self.assertEqual(self.rows(), rows)

    def test_full_before_is_said_and_nothing_is_touched(self):
        self.fill_blocks(leave=3 << 20)
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 5, result)
        self.assertRegex(result.out + result.err, r"the run needs \d+ MiB and \d+ MiB are free")
        self.assertEqual(os.listdir(os.path.join(self.host, box.STATE, "runs")), [])
        self.assertEqual(self.look(), self.before)

    def test_full_in_the_middle_turns_back(self):
        self.mark("fills")
        run = self.start()
        out, err = run.communicate(timeout=120)
        result = box.Result(run.returncode, out, err)
        self.assertEqual(run.returncode, 3, result)
        self.assert_as_before(result)


if __name__ == "__main__":
    try:
        try_disk()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"skipped: {error}")
        sys.exit(77)
    unittest.main()
