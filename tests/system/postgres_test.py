"""Migrations and locks of the library on PostgreSQL, in sessions of the run's own: done exactly once or
not at all, whatever becomes of line, server and runner; a pooler is found out; whoever else takes the lock
waits."""

import glob
import os
import shutil
import socket
import subprocess
import unittest

import box
import database_faults_test as faults

SPEC = """\
import std.files
import std.sql

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

let db = sql.postgres("CONNECTION")

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  30m
  retain    7d
  switch {
    files.install("payload/release", to: "/etc/box/release")
    lock sql.advisory(db, "migration of the shop") within WITHIN hold 10m {
      sql.migrate(db, "payload/migrations"AS)
    }
  }
  verify {
    files.expect("/etc/box/release", contains: "EXPECTED")
  }
}
"""

UP = """\
UPDATE counter SET ups = ups + 1;
ALTER TABLE counter ADD COLUMN note text;
CREATE VIEW noted AS SELECT note FROM counter;
"""
DOWN = """\
DROP VIEW noted;
ALTER TABLE counter DROP COLUMN note;
UPDATE counter SET downs = downs + 1;
"""
TABLES = """\
SET client_min_messages = warning;
DROP TABLE IF EXISTS counter, upgraph_marker CASCADE;
CREATE TABLE counter (ups integer NOT NULL, downs integer NOT NULL);
INSERT INTO counter VALUES (0, 0);
ALTER TABLE counter OWNER TO shop;
"""
COUNTS = """\
SELECT ups, downs, (SELECT count(*) FROM pg_class WHERE relname = 'upgraph_marker'),
       (SELECT count(*) FROM information_schema.columns WHERE table_name = 'counter'
        AND column_name = 'note') FROM counter
"""
AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
SPOKEN = b"INSERT INTO public.upgraph_marker"
SPOKEN_BACK = b"DELETE FROM public.upgraph_marker"


def setUpModule():
    faults.setUpModule()
    faults.DatabaseTest.cluster.ask("shop", "GRANT CREATE ON SCHEMA public TO shop")


def tearDownModule():
    unittest.doModuleCleanups()


class Native:
    """What differs from a migration that a spec's own commands make with psql."""

    def write_spec(self, expected="2.0.0", within="20s", connection="", role="", **_):
        connection = connection or f"host={self.server_folder} dbname=shop user=shop"
        box.write(self.spec, SPEC.replace("EXPECTED", expected).replace("CONNECTION", connection)
                  .replace("WITHIN", within).replace("AS)", f"{role})"))

    def fresh(self, up=UP, down=DOWN):
        shutil.rmtree(self.host, ignore_errors=True)
        self.make_host()
        folder = os.path.join(self.folder, "payload/migrations")
        box.write(os.path.join(folder, "001_count.up.sql"), up)
        box.write(os.path.join(folder, "001_count.down.sql"), down)
        self.cluster.ask("shop", TABLES)
        self.before = box.snapshot(self.host)

    def counts(self):
        """(ups, downs, tables of markers, whether the column is there)"""
        return tuple(int(word) for word in self.cluster.ask("shop", COUNTS).split("|"))

    def assert_leftover(self, result):
        self.assertEqual(result.code, 4, result)
        text = result.out + result.err
        self.assertRegex(text, r"needs a person: switch/2/1 .*sql\.migrate", result)
        self.assertIn("upgraph resolve switch/2/1", text)

    def start_to_the_middle(self, seconds=600):
        """A run whose migration is at work, and sleeps so long before its end."""
        self.fresh(up=UP + f"SELECT pg_sleep({seconds});\n")
        run = self.start_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.wait_until(lambda: self.cluster.ask("shop", AT_WORK) == "1", "the migration is at work")
        return run

    def rollback(self):
        return self.run_program("rollback", "--root", self.host, "--yes", "--foreground")

    def assert_stays(self, why):
        """Nothing of a run that is done goes back."""
        result = self.rollback()
        self.assertEqual(result.code, 5, result)
        self.assertRegex(result.out + result.err, why)
        self.assertEqual(self.counts(), (1, 0, 1, 1), result)
        return result

    def refused(self, code, why):
        result = self.apply()
        self.assertEqual(result.code, code, result)
        self.assertRegex(result.out + result.err, why)
        self.assertEqual(box.snapshot(self.host), self.before, result)
        self.assertEqual(self.counts(), (0, 0, 0, 0), result)
        return result


class Migration(Native, faults.DatabaseTest):
    def test_it_is_done_and_taken_back_by_command(self):
        self.write_spec()
        schema = self.schema()
        self.assert_done_once(self.apply())
        self.assertNotEqual(self.schema(), schema)
        result = self.rollback()
        self.assertEqual(self.assert_back(result, 0), 1)
        self.assertEqual(self.schema(), schema)

    def schema(self):
        return {line for line in self.cluster.state("shop") if not line.startswith("INSERT")}

    def test_a_run_that_fails_takes_it_back(self):
        self.write_spec(expected="9.9.9")
        self.assertEqual(self.assert_back(self.apply()), 1)

    def test_down_scripts_that_do_not_lead_back_are_found_before_the_commit(self):
        self.write_spec()
        self.fresh(down="DROP VIEW noted;\nUPDATE counter SET downs = downs + 1;\n")
        result = self.refused(3, "the down scripts do not bring the old schema back; nothing was changed")
        self.assertNotIn("needs a person", result.out + result.err)

    def test_what_a_way_back_leaves_different_is_seen(self):
        """Of everything that a schema has."""
        self.write_spec()
        for what in ("CREATE INDEX more ON counter (ups)", "ALTER TABLE counter ALTER ups DROP NOT NULL",
                     "ALTER TABLE counter ALTER ups SET DEFAULT 3", "CREATE SEQUENCE more",
                     "ALTER TABLE counter ADD CONSTRAINT more CHECK (ups < 9)",
                     "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                     "CREATE TYPE more AS ENUM ('a')", "CREATE DOMAIN more AS int CHECK (value > 0)",
                     "GRANT SELECT ON counter TO PUBLIC", "CREATE SCHEMA more",
                     "ALTER TABLE counter ALTER ups TYPE bigint",
                     "ALTER TABLE counter ENABLE ROW LEVEL SECURITY",
                     "CREATE POLICY more ON counter USING (ups > 0)",
                     "CREATE RULE more AS ON DELETE TO counter DO INSTEAD NOTHING",
                     "CREATE TABLE more (a int) PARTITION BY LIST (a)"):
            with self.subTest(what=what):
                self.fresh(up=f"{what};\n", down="SELECT 1;\n")
                if what.startswith("CREATE SCHEMA"):
                    self.cluster.ask("postgres", "GRANT CREATE ON DATABASE shop TO shop")
                self.refused(3, "the down scripts do not bring the old schema back")

    def test_a_script_may_not_end_the_transaction(self):
        self.write_spec()
        for script in ("COMMIT;\n", "select 1; ROLLBACK;\n", "BEGIN;\n"):
            with self.subTest(script=script):
                self.fresh(up=UP + script)
                self.refused(3, "a migration may not begin or end transactions")

    def test_a_script_is_taken_whole_or_not_at_all(self):
        self.write_spec()
        self.fresh(up=UP + "\0SELECT 1;\n")
        self.refused(3, "the script has a zero byte in it")
        self.fresh(up=UP + "SELECT 'with \\ and ', $x$dollars$x$, E'\\n', 'it''s';\n")
        self.assert_done_once(self.apply())

    def test_an_error_of_the_server_turns_back(self):
        self.write_spec()
        self.fresh(up=UP + "SELECT 'it''s' || E'\\\\' FROM nowhere;\n")
        self.refused(3, r'`001_count.up.sql`: relation "nowhere" does not exist')

    def test_a_database_that_takes_no_writes_is_refused(self):
        self.write_spec()
        self.cluster.ask("postgres", "ALTER ROLE shop SET default_transaction_read_only = on")
        self.addCleanup(self.cluster.ask, "postgres", "ALTER ROLE shop RESET ALL")
        self.refused(5, "the database takes no writes")

    def test_what_somebody_changed_since_is_named(self):
        self.write_spec()
        self.assert_done_once(self.apply())
        self.cluster.ask("shop", "ALTER TABLE counter ADD COLUMN mine text")
        self.assert_stays("sql.migrate.*the schema was changed by somebody else")

    def test_who_is_older_than_the_one_that_marked_it_touches_nothing(self):
        self.write_spec()
        self.assert_done_once(self.apply())
        self.cluster.ask("shop", "UPDATE upgraph_marker SET epoch = epoch + 100")
        self.assert_stays("a newer runner of this run has been at the database")

    def test_what_a_killed_runner_left_in_the_server_is_ended_before_it_is_asked(self):
        self.write_spec()
        run = self.start_to_the_middle()
        run.kill()
        run.communicate(timeout=30)
        result = self.rollback()
        self.assertEqual(self.assert_back(result, 0), 0)
        self.assertEqual(self.cluster.ask("shop", AT_WORK), "0")

    def test_a_password_is_read_where_it_is_used_and_shown_nowhere(self):
        secret = "p9.kept-to-itself"
        self.cluster.ask("postgres", f"DROP ROLE IF EXISTS keeper; CREATE ROLE keeper LOGIN PASSWORD '{secret}';"
                                     "GRANT shop TO keeper")
        rules = os.path.join(self.cluster.socket, "data/pg_hba.conf")
        with open(rules, encoding="utf-8") as file:
            before = file.read()

        def let_in(text):
            with open(rules, "w", encoding="utf-8") as file:
                file.write(text)
            self.cluster.ask("postgres", "SELECT pg_reload_conf()")

        let_in("local all keeper scram-sha-256\n" + before)
        self.addCleanup(let_in, before)
        connection = f"host={self.cluster.socket} dbname=shop user=keeper options='-c role=shop'"
        self.write_spec(connection=connection, role=', as: credentials.file("/etc/box/password")')
        with open(self.spec, encoding="utf-8") as file:
            text = file.read()
        # The lock has no password of its own: it is the other role's.
        text = text.replace("import std.sql", "import std.credentials\nimport std.sql").replace(
            "sql.advisory(db,", f'sql.advisory(sql.postgres("host={self.cluster.socket} dbname=shop user=shop"),')
        box.write(self.spec, text)
        box.write(os.path.join(self.host, "etc/box/password"), secret + "\n", 0o600)
        self.before = box.snapshot(self.host)
        result = self.apply()
        self.assert_done_once(result)
        self.assertNotIn(secret, result.out + result.err)
        self.assert_in_no_file(secret, "etc/box/password")
        box.write(os.path.join(self.host, "etc/box/password"), "wrong-one\n", 0o600)
        result = self.assert_stays("password authentication failed")
        self.assertNotIn("wrong-one", result.out + result.err)

    def test_a_password_in_the_connection_is_refused(self):
        self.write_spec(connection=f"host={self.cluster.socket} dbname=shop user=shop password=p9-hidden")
        result = self.refused(5, "the connection has a password in it")
        self.assertNotIn("p9-hidden", result.err)


class Pooled(Native, faults.DatabaseTest):
    """Behind a real pgbouncer, which gives a session of the server to whoever has a transaction."""

    def setUp(self):
        super().setUp()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        folder = os.path.join(self.folder, "pooler")
        os.mkdir(folder)
        box.write(os.path.join(folder, "users"), '"shop" ""\n')
        box.write(os.path.join(folder, "pgbouncer.ini"), f"""\
[databases]
shop = host={self.cluster.socket} dbname=shop
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
""")
        for name, _, files in os.walk(folder):
            for path in [name, *(os.path.join(name, file) for file in files)]:
                shutil.chown(path, "postgres", "postgres")
        os.chmod(self.folder, 0o755)
        self.pooler = subprocess.Popen(
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "/usr/sbin/pgbouncer", "-q",
             os.path.join(folder, "pgbouncer.ini")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end_pooler)
        self.wait_until(lambda: glob.glob(os.path.join(folder, f".s.PGSQL.{self.port}")), "the pooler is up")

    def end_pooler(self):
        self.pooler.kill()
        self.pooler.wait(30)

    def test_it_is_found_out_before_anything_is_done(self):
        self.write_spec(connection=f"host=127.0.0.1 port={self.port} dbname=shop user=shop")
        self.refused(5, "the session is one of a pooler.*needs the address of the server itself")


class Locked(Native, faults.DatabaseTest):
    LOCK = "pg_advisory_lock(hashtextextended('migration of the shop', 0))"
    TRY = f"SELECT {LOCK}".replace("advisory", "try_advisory")

    def test_whoever_has_it_is_waited_for_so_long(self):
        self.write_spec(within="300ms")
        with faults.Session(self, f"DO $$ BEGIN PERFORM {self.LOCK}; END $$;"):
            self.refused(3, r"run +turning back .*`sql.advisory.*migration of the shop.*` is held by somebody else")

    def test_others_wait_while_it_is_held(self):
        self.write_spec()
        run = self.start_to_the_middle(1.5)
        self.assertEqual(self.cluster.ask("shop", self.TRY), "f")
        out, err = run.communicate(timeout=60)
        self.assert_done_once(box.Result(run.returncode, out, err))
        self.assertEqual(self.cluster.ask("shop", self.TRY), "t")

    def test_it_dies_with_its_runner(self):
        self.write_spec()
        run = self.start_to_the_middle()
        run.kill()
        run.communicate(timeout=30)
        self.wait_until(lambda: self.cluster.ask("shop", self.TRY) == "t", "the server has noticed")
        result = self.rollback()
        self.assertEqual(self.assert_back(result, 0), 0)

    def test_nothing_more_is_begun_under_one_that_was_lost(self):
        self.write_spec()
        with open(self.spec, encoding="utf-8") as file:
            text = file.read()
        migrate = 'sql.migrate(db, "payload/migrations")'
        after = 'files.install("payload/release", to: "/etc/box/after")'
        box.write(self.spec, text.replace(migrate, f"{migrate}\n      {after}"))
        run = self.start_to_the_middle(1.5)
        self.assertEqual(self.cluster.ask("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                          "WHERE application_name = 'upgraph' AND state = 'idle'"), "t")
        out, err = run.communicate(timeout=60)
        self.assertRegex(out + err, r"run +turning back .*lock: `sql.advisory.*` was lost")
        self.assertNotRegex(out, "forward +applied +switch/2/2")
        self.assertEqual(self.assert_back(box.Result(run.returncode, out, err)), 1)

    def test_an_sqlite_file_has_none(self):
        box.write(self.spec, SPEC.replace('sql.postgres("CONNECTION")', 'sql.sqlite("/var/lib/box.db")')
                  .replace("WITHIN", "1s").replace("AS)", ")").replace("EXPECTED", "2.0.0"))
        self.refused(5, "no code for `sql.advisory of a sql.sqlite`")


class CutLine(Native, faults.LineCase):
    # Until then a session asks for its own lock, as often as an earlier one takes to end.
    COUNTS_FROM = b"BEGIN\0"

    def test_cut_at_any_message_it_is_taken_back(self):
        committed = self.break_and_turn_back("cut", SPOKEN, "2.0.0")
        # The server never heard the COMMIT; or it did, and its answer was lost, or the word after that.
        self.assertEqual(committed[:3], [0, 1, 1])

    def test_cut_at_any_message_of_the_way_back_it_is_taken_back_once(self):
        self.assertEqual(set(self.break_and_turn_back("cut", SPOKEN_BACK, "9.9.9")), {1})

    def test_runner_killed_at_any_message_and_resumed_it_is_done_once(self):
        self.kill_runner_and_resume(SPOKEN)

    def test_a_line_that_falls_silent_is_no_leftover(self):
        """Another session ends what the server still has of it."""
        self.write_spec()
        self.assertEqual(self.assert_back(self.stop_on_silent_line(SPOKEN)), 0)


class DeadServer(Native, faults.DatabaseTest):
    def test_it_dies_while_the_migration_is_at_work(self):
        self.write_spec()
        for verb in ("kill", "abort"):
            with self.subTest(verb=verb):
                run = self.start_to_the_middle()
                self.cluster.die(verb)
                out, err = run.communicate(timeout=120)
                self.assertRegex(out + err, "run +turning back .*the session has ended")
                self.assert_leftover(box.Result(run.returncode, out, err))
                self.cluster.restart()
                self.assertEqual(self.assert_back(self.resume()), 0)


if __name__ == "__main__":
    unittest.main()
