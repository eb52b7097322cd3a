"""Faults of databases: a line that is cut, falls silent or loses its client at any message, a server
that dies, and one that takes no writes. A migration is done exactly once or not at all, as its marker
row says, and the host ends right.

The migration is a step of the example webshop's module `database`. UPGRAPH_ALL_POINTS=1 tries every
message; without it those around the commit, and some others, drawn by UPGRAPH_SEED."""

import os
import random
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import box
import mounts
from database_line import TO_CLIENT, TO_SERVER, Fault, Line

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../..")
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
import cluster  # noqa: E402

SEED = int(os.environ.get("UPGRAPH_SEED", "1"))
DRAWN = 2  # of the messages that are not around the commit, in each direction
TABLESPACE_BYTES = 1 << 20

SPEC = """\
import shop.database
import std.files

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  30m
  switch {
    files.install("payload/release", to: "/etc/box/release")
    database.migrate("/opt/box/001_count", table: "counter")
  }
  verify {
    files.expect("/etc/box/release", contains: "EXPECTED")
  }
}
"""

# `ups` and `downs` count what was committed; the column is there or not.
UP = """\
UPDATE counter SET ups = ups + 1;
ALTER TABLE counter ADD COLUMN note text;
UPDATE counter SET note = 'made by the migration';
"""
DOWN = """\
UPDATE counter SET downs = downs + 1;
ALTER TABLE counter DROP COLUMN note;
"""
TABLES = """\
SET client_min_messages = warning;
DROP TABLE IF EXISTS migration, counter;
CREATE TABLE migration (name text PRIMARY KEY, done timestamptz NOT NULL DEFAULT now());
CREATE TABLE counter (ups integer NOT NULL, downs integer NOT NULL);
INSERT INTO counter VALUES (0, 0);
ALTER TABLE migration OWNER TO shop;
ALTER TABLE counter OWNER TO shop;
"""


def setUpModule():
    try:
        mounts.use_own_mounts()  # before the server is started, which shall see them
        DatabaseTest.has_mounts = True
    except OSError:
        DatabaseTest.has_mounts = False
    DatabaseTest.cluster = cluster.Cluster()
    unittest.addModuleCleanup(DatabaseTest.cluster.close)
    DatabaseTest.cluster.ask("postgres", "CREATE ROLE shop LOGIN")
    DatabaseTest.cluster.ask("postgres", "CREATE DATABASE shop OWNER shop")


class DatabaseTest(box.BoxTest):
    cluster = None
    has_mounts = False

    def setUp(self):
        super().setUp()
        shutil.copytree(os.path.join(ROOT, "examples/webshop/shop"), os.path.join(self.folder, "shop"))
        # The server's own socket, or the line's.
        self.server_folder = self.cluster.socket
        self.fresh()

    def tearDown(self):
        self.end_runner()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_spec(self, expected="2.0.0", retry="", lock_timeout="20s"):
        box.write(self.spec, SPEC.replace("EXPECTED", expected))
        module = os.path.join(self.folder, "shop/database.upg")
        shutil.copy(os.path.join(ROOT, "examples/webshop/shop/database.upg"), module)
        with open(module, encoding="utf-8") as file:
            text = file.read()
        step = "  takes    rewriting(thousands)\n  timeout  10m\n"
        self.assertIn(step, text)
        text = text.replace(step, step + retry)
        box.write(module, text.replace("lock_timeout=20s", f"lock_timeout={lock_timeout}"))

    def fresh(self, up=UP):
        """A host and a database as if nothing had been."""
        shutil.rmtree(self.host, ignore_errors=True)
        self.make_host()
        box.write(os.path.join(self.host, "opt/box/001_count.up.sql"), up)
        box.write(os.path.join(self.host, "opt/box/001_count.down.sql"), DOWN)
        box.write(os.path.join(self.host, "etc/webshop/pg_service.conf"),
                  f"[webshop]\nhost={self.server_folder}\ndbname=shop\nuser=shop\n")
        self.cluster.ask("shop", TABLES)
        self.before = box.snapshot(self.host)

    def make_host(self):
        box.write(os.path.join(self.host, "etc/box/release"), "1.0.0\n")
        os.makedirs(os.path.join(self.host, "var/lib"), exist_ok=True)

    def apply(self, *options):
        return self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground", *options)

    def resume(self):
        return self.run_program("resume", "--root", self.host, "--yes", "--foreground")

    def counts(self):
        """(ups, downs, rows of the marker, whether the column is there)"""
        return tuple(int(word) for word in self.cluster.ask(
            "shop", "SELECT ups, downs, (SELECT count(*) FROM migration WHERE name = '001_count'),"
                    " (SELECT count(*) FROM information_schema.columns WHERE table_name = 'counter'"
                    " AND column_name = 'note') FROM counter").split("|"))

    def assert_done_once(self, result):
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.counts(), (1, 0, 1, 1), result)
        self.assertEqual(self.release(), "2.0.0", result)

    def assert_back(self, result, code=3):
        """Committed as often back as forward, and that at most once."""
        self.assertEqual(result.code, code, result)
        ups, downs, *rest = self.counts()
        self.assertEqual((downs, *rest), (ups, 0, 0), result)
        self.assertLessEqual(ups, 1, result)
        self.assertEqual(box.snapshot(self.host), self.before, result)
        return ups

    def assert_leftover(self, result):
        """The run says what it could not see, and what would finish it."""
        self.assertEqual(result.code, 4, result)
        text = result.out + result.err
        self.assertRegex(text, r"needs a person: switch/2 .*database\.migrate", result)
        self.assertIn("upgraph resolve switch/2", text)


class LineCase(DatabaseTest):
    COUNTS_FROM = b""

    def setUp(self):
        line_folder = tempfile.mkdtemp(prefix="upgraph-line-")
        self.addCleanup(shutil.rmtree, line_folder)
        self.line = Line(line_folder, self.cluster.socket, self.COUNTS_FROM)
        self.addCleanup(self.line.close)
        super().setUp()
        self.server_folder = line_folder

    def points(self, spoken):
        """(session, direction, number): all messages of the first session in which the client says
        `spoken`, of a run without a fault; or those around its commit, and some others."""
        self.fresh()
        self.line.begin()
        self.apply()
        session = next(session for session in self.line.sessions if session.says(spoken))
        sent, received = (session.messages[way][session.first[way]:] for way in (TO_SERVER, TO_CLIENT))
        commit = next(i for i, message in enumerate(sent) if b"COMMIT" in message)
        answer = next(i for i, message in enumerate(received) if b"COMMIT\0" in message)
        near = [(TO_SERVER, commit), (TO_CLIENT, answer), (TO_CLIENT, answer + 1)]
        others = [(direction, number) for direction in (TO_SERVER, TO_CLIENT)
                  for number in range(len(session.messages[direction]) - session.first[direction])
                  if (direction, number) not in near]
        if os.environ.get("UPGRAPH_ALL_POINTS"):
            chosen = near + others
        else:
            chosen = near + random.Random(f"{SEED} {spoken}").sample(others, DRAWN)
        return [(session.number, *point) for point in chosen]

    def run_with(self, point, act):
        """A run that meets a fault; what it could not settle is settled once the line is whole."""
        self.fresh()
        fault = Fault(*point, act)
        self.line.begin(fault)
        result = self.apply()
        self.assertTrue(fault.was_met, f"{fault}: {result}")
        self.line.begin()
        if result.code == 4:
            self.assert_leftover(result)
            result = self.resume()
        return result

    def break_forward(self, act):
        self.write_spec(retry="  retry    3 wait 100ms\n")
        for point in self.points(b"INSERT INTO migration"):
            with self.subTest(point=point, act=act):
                self.assert_done_once(self.run_with(point, act))

    def break_and_turn_back(self, act, spoken, expected):
        """How often it was committed, for each point."""
        self.write_spec(expected=expected)
        committed = []
        for point in self.points(spoken):
            result = self.run_with(point, act)
            if result.code == 0 and expected == "2.0.0":
                self.assert_done_once(result)  # nothing was lost that psql waited for
                committed.append(1)
            else:
                committed.append(self.assert_back(result))
        return committed

    def kill_runner_and_resume(self, spoken):
        self.write_spec()
        for point in self.points(spoken):
            with self.subTest(point=point):
                self.fresh()
                run = []
                has_started = threading.Event()

                def kill_runner():
                    has_started.wait(30)
                    run[0].kill()
                    run[0].wait(30)

                self.line.begin(Fault(*point, kill_runner))
                run.append(self.start_program("apply", "box.upg", "--root", self.host, "--yes",
                                              "--foreground"))
                has_started.set()
                out, err = run[0].communicate(timeout=120)
                self.assertEqual(run[0].returncode, -9, out + err)
                self.assert_done_once(self.resume())

    def stop_on_silent_line(self, spoken):
        """The server has the lock and hears nothing any more, as when a cable is pulled."""
        point = self.points(spoken)[0]
        self.fresh()
        fault = Fault(*point, "silent")
        self.line.begin(fault)
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.wait_until(lambda: fault.was_met, "the line is silent")
        run.terminate()  # or the step would wait for its timeout
        out, err = run.communicate(timeout=120)
        return box.Result(run.returncode, out, err)


class LineFaults(LineCase):
    def test_cut_at_any_message_and_tried_again_it_is_done_once(self):
        self.break_forward("cut")

    def test_client_killed_at_any_message_and_tried_again_it_is_done_once(self):
        self.break_forward("kill_client")

    def test_cut_at_any_message_it_is_taken_back(self):
        committed = self.break_and_turn_back("cut", b"INSERT INTO migration", "2.0.0")
        # The server never heard the COMMIT; or it did, and its answer was lost, or the word after that.
        self.assertEqual(committed[:3], [0, 1, 1])

    def test_cut_at_any_message_of_the_way_back_it_is_taken_back_once(self):
        committed = self.break_and_turn_back("cut", b"DELETE FROM migration", "9.9.9")
        self.assertEqual(set(committed), {1})

    def test_client_killed_at_any_message_of_the_way_back_it_is_taken_back_once(self):
        committed = self.break_and_turn_back("kill_client", b"DELETE FROM migration", "9.9.9")
        self.assertEqual(set(committed), {1})

    def test_runner_killed_at_any_message_and_resumed_it_is_done_once(self):
        self.kill_runner_and_resume(b"INSERT INTO migration")

    def test_a_line_that_falls_silent_is_a_leftover_until_the_server_notices(self):
        self.write_spec(lock_timeout="300ms")
        self.assert_leftover(self.stop_on_silent_line(b"INSERT INTO migration"))
        still_there = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop'"
        self.assertEqual(self.cluster.ask("shop", still_there), "1")
        self.assert_leftover(self.resume())  # it lives on, and so nobody can say
        self.line.begin()
        self.wait_until(lambda: self.cluster.ask("shop", still_there) == "0", "the server notices")
        self.assertEqual(self.assert_back(self.resume()), 0)


class ServerFaults(DatabaseTest):
    def set_of_database(self, setting):
        self.cluster.ask("postgres", f"ALTER DATABASE shop SET {setting}")
        self.addCleanup(self.cluster.ask, "postgres", f"ALTER DATABASE shop RESET {setting.split()[0]}")

    def assert_turned_back_for(self, why):
        result = self.apply()
        self.assertRegex(result.out + result.err, why)
        self.assertEqual(self.assert_back(result), 0)

    def test_a_read_only_database_turns_back(self):
        self.write_spec()
        self.set_of_database("default_transaction_read_only = on")
        self.assert_turned_back_for(r"run +turning back .*read-only transaction")

    def test_temporary_files_beyond_the_limit_turn_back(self):
        self.write_spec()
        self.set_of_database("temp_file_limit = '64kB'")
        self.fresh(UP + "SET work_mem = '64kB';\n"
                        "CREATE TABLE sorted AS SELECT md5(i::text) FROM generate_series(1, 20000) i ORDER BY 1;\n")
        self.assert_turned_back_for(r"run +turning back .*temporary file size exceeds temp_file_limit")

    def test_a_tablespace_that_is_full_turns_back(self):
        if not self.has_mounts:
            self.skipTest("nothing can be mounted here: it needs root")
        self.write_spec()
        folder = os.path.join(self.cluster.folder, "small")
        os.mkdir(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TABLESPACE_BYTES},mode=0777", "tmpfs", folder],
                       check=True)
        self.addCleanup(subprocess.run, ["umount", folder], check=True)
        # No server takes a folder that another user owns.
        shutil.chown(folder, "postgres", "postgres")
        self.cluster.ask("postgres", f"CREATE TABLESPACE small OWNER shop LOCATION '{folder}'")
        self.addCleanup(self.cluster.ask, "postgres", "DROP TABLESPACE small")
        self.fresh("CREATE TABLE large TABLESPACE small AS"
                   " SELECT md5(i::text) FROM generate_series(1, 50000) i;\n" + UP)
        self.assert_turned_back_for(r"run +turning back .*No space left on device")

    def test_a_lock_that_is_not_to_be_had_turns_back(self):
        self.write_spec(lock_timeout="300ms")
        with self.session("BEGIN; LOCK TABLE counter IN ACCESS SHARE MODE;"):
            self.assert_turned_back_for(r"run +turning back .*lock timeout")

    def test_no_connection_left_turns_back(self):
        self.write_spec()
        ends = []
        self.addCleanup(lambda: [end.close() for end in ends])
        while (end := self.connect()) is not None:
            ends.append(end)
        self.assertGreater(len(ends), 50)
        self.assert_turned_back_for(r"run +turning back .*(connection slots|too many clients)")

    def session(self, statements):
        """Somebody else's, from here to the end of a `with`."""
        return Session(self, statements)

    def connect(self):
        """A session of the role `shop` by the bare protocol; None where there is no room for one."""
        end = socket.socket(socket.AF_UNIX)
        end.connect(os.path.join(self.cluster.socket, ".s.PGSQL.5432"))
        words = b"user\0shop\0database\0shop\0\0"
        end.sendall(struct.pack("!II", 8 + len(words), 3 << 16) + words)
        with end.makefile("rb") as answers:
            kind = b""
            # Who is in hears that it is ready (Z); there may be no room after the role was believed.
            while kind != b"Z":
                kind = answers.read(1)
                if kind in (b"", b"E"):
                    end.close()
                    return None
                answers.read(struct.unpack("!I", answers.read(4))[0] - 4)
        return end


class Session:
    def __init__(self, test, statements):
        self.psql = subprocess.Popen(
            ["psql", "-XAtq", "-U", "postgres", "-d", "shop"], env=test.cluster.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.psql.stdin.write(f"{statements}\nSELECT 'ready';\n")
        self.psql.stdin.flush()
        test.assertEqual(self.psql.stdout.readline(), "ready\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.psql.communicate(timeout=30)  # it ends with its input


class DeadServer(DatabaseTest):
    """Killed, or ended in the middle of everything, at moments that are drawn."""

    def die(self, verb, seconds):
        self.fresh()
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        time.sleep(seconds)
        self.cluster.die(verb)
        out, err = run.communicate(timeout=120)
        self.cluster.restart()
        return box.Result(run.returncode, out, err)

    def test_whenever_it_dies_the_run_is_done_or_taken_back(self):
        # The migration sleeps before its last statement, and the server dies before, in, or after that.
        draw = random.Random(SEED)
        self.write_spec()
        up = UP + "SELECT pg_sleep(0.5);\n"
        for verb in ("kill", "abort"):
            seconds = draw.uniform(0.1, 1.5)
            with self.subTest(verb=verb, seconds=seconds):
                self.fresh(up)
                result = self.die(verb, seconds)
                if result.code == 0:
                    self.assert_done_once(result)
                    continue
                if result.code == 4:
                    self.assert_leftover(result)
                    result = self.resume()
                self.assert_back(result)

    def test_it_dies_while_the_migration_is_at_work(self):
        self.write_spec()
        for verb in ("kill", "abort"):
            with self.subTest(verb=verb):
                self.fresh(UP + "SELECT pg_sleep(600);\n")
                run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
                at_work = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                self.wait_until(lambda: self.cluster.ask("shop", at_work) == "1", "the migration is at work")
                self.cluster.die(verb)
                out, err = run.communicate(timeout=120)
                result = box.Result(run.returncode, out, err)
                self.assertRegex(out + err, "run +turning back .*connection to server was lost")
                self.assert_leftover(result)
                self.cluster.restart()
                self.assertEqual(self.assert_back(self.resume()), 0)


SQLITE_SPEC = """\
import std.files
import std.sql

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

let db = sql.sqlite("/var/lib/box/box.db")

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  30m
  switch {
    files.install("payload/release", to: "/etc/box/release")
    sql.migrate(db, "payload/migrations")
  }
  verify {
    files.expect("/etc/box/release", contains: "2.0.0")
  }
}
"""


class BusySqlite(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(self.spec, SQLITE_SPEC)
        box.write(os.path.join(self.folder, "payload/migrations/001_note.up.sql"),
                  "ALTER TABLE counter ADD COLUMN note TEXT;\n")
        box.write(os.path.join(self.folder, "payload/migrations/001_note.down.sql"),
                  "ALTER TABLE counter DROP COLUMN note;\n")
        self.database = os.path.join(self.host, "var/lib/box/box.db")
        with sqlite3.connect(self.database) as database:
            database.execute("CREATE TABLE counter (ups INTEGER)")
        database.close()
        self.before = box.snapshot(self.host)
        self.holder = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(self.holder.close)
        self.holder.execute("BEGIN IMMEDIATE")

    def start(self):
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.wait_until(self.is_at_the_migration, "the migration waits")
        return run

    def is_at_the_migration(self):
        state = self.run_program("status", "--root", self.host)
        return re.search(r"switch/2 .*captured|captured .*switch/2", state.out) is not None

    def test_it_is_waited_for(self):
        run = self.start()
        self.holder.execute("ROLLBACK")
        out, err = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 0, out + err)
        columns = self.holder.execute("SELECT group_concat(name) FROM pragma_table_info('counter')")
        self.assertEqual(columns.fetchone(), ("ups,note",))

    def test_whoever_waits_can_be_asked_to_turn_back(self):
        run = self.start()
        run.terminate()
        out, err = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 3, out + err)
        self.holder.execute("ROLLBACK")
        self.assertEqual(box.snapshot(self.host), self.before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
