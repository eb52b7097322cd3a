"""The example webshop on a real PostgreSQL server: what its commands promise, they keep."""

import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import box

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))
import cluster  # noqa: E402

EXAMPLE = ROOT / "examples/webshop"


class Webshop(box.BoxTest):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="upgraph-test-"))
        self.host = os.path.join(self.folder, "host")
        shutil.copytree(EXAMPLE, os.path.join(self.folder, "shop"))
        self.spec = os.path.join(self.folder, "shop/webshop.upg")
        self.database = os.path.join(self.folder, "shop/shop/database.upg")
        self.replace(self.spec, r"for 5s, every 1s", "for 300ms, every 100ms")
        self.cluster = cluster.Cluster()
        self.addCleanup(self.cluster.close)
        subprocess.run([EXAMPLE / "make_host.sh", self.host], stdin=subprocess.DEVNULL, timeout=60,
                       env=self.cluster.environment, check=True)
        self.before = self.state()

    def tearDown(self):
        self.end_runner()
        shutil.rmtree(self.folder, ignore_errors=True)

    def replace(self, path, pattern, text):
        with open(path, encoding="utf-8") as file:
            changed, count = re.subn(pattern, text, file.read())
        self.assertGreater(count, 0, pattern)
        box.write(path, changed)

    def state(self):
        """Files and rows; what was announced stays so, and commands leave new times behind."""
        skipped = (box.STATE, "srv/www/status.md")
        tree = {(path, str(what[:4] + [part for part in what[4:] if not isinstance(part, int)]))
                for path, what in box.snapshot(self.host, skipped).items()}
        return tree | self.cluster.state("webshop")

    def ask(self, *queries):
        return self.cluster.ask("webshop", *queries)

    def apply(self, *options):
        return self.run_program("apply", self.spec, "--root", self.host, "--yes", *options)

    def release(self):
        with open(os.path.join(self.host, "etc/webshop/release"), encoding="utf-8") as file:
            return file.read().strip()

    def assert_as_before(self):
        self.assertEqual(sorted(map(str, self.before ^ self.state())), [])

    def hold_jobs(self):
        """Somebody who keeps the table busy, until the process ends."""
        holder = subprocess.Popen(
            ["psql", "-XAtq", "-U", "postgres", "-d", "webshop"], env=self.cluster.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(self.let_go, holder)
        holder.stdin.write("BEGIN; LOCK TABLE job IN ROW SHARE MODE; SELECT 1;\n")
        holder.stdin.flush()
        self.assertEqual(holder.stdout.readline(), "1\n")
        return holder

    @staticmethod
    def let_go(holder):
        if not holder.stdin.closed:
            holder.stdin.close()  # the session ends with its input
        holder.wait(30)

    def test_jobs_that_pile_up_turn_back_three_hops(self):
        self.ask("INSERT INTO job SELECT i, 'mail', i, false FROM generate_series(5000, 5200) i")
        self.before = self.state()
        result = self.apply()
        self.assertEqual(result.code, 3, result)
        self.assertIn("waiting_jobs", result.out + result.err)
        self.assertEqual(self.release(), "24.04")
        self.assert_as_before()

    def test_what_was_written_meanwhile_stays(self):
        self.assertEqual(self.apply().code, 0)
        self.ask("INSERT INTO shop_order (id, customer_id, cents, state) VALUES (9001, 5, 100, 'sent'),"
                 " (9002, 5, 100, 'paid'), (9003, 5, 100, 'open')",
                 "UPDATE shop_order SET state = 'sent' WHERE id = 1")
        result = self.run_program("rollback", "--root", self.host, "--yes")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.ask("SELECT id, paid, sent FROM shop_order WHERE id IN (1, 9001, 9002, 9003)"
                                  " ORDER BY id"), "1|t|t\n9001|t|t\n9002|t|f\n9003|f|f")

    def test_a_table_that_somebody_keeps_busy_is_not_waited_for_longer_than_said(self):
        self.replace(self.database, "lock_timeout=20s", "lock_timeout=300ms")
        self.hold_jobs()
        result = self.apply()
        self.assertEqual(result.code, 3, result)
        self.assertIn("lock timeout", result.out + result.err)
        self.assert_as_before()

    def test_killed_while_a_migration_waits_it_is_done_once(self):
        holder = self.hold_jobs()
        apply = self.start_program("apply", self.spec, "--root", self.host, "--yes", "--detach")
        apply.communicate(timeout=60)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'webshop'"
        self.wait_until(lambda: self.ask(waiting) == "1", "the migration waits for the table")
        self.kill_runner()
        self.let_go(holder)
        result = self.run_program("resume", "--root", self.host, "--yes")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.release(), "25.10")
        self.assertEqual(self.ask("SELECT string_agg(name, ' ' ORDER BY name) FROM migration"),
                         "010_order_state 020_job_queue 030_state_alone")

    def test_a_server_that_is_away_is_found_before_anything_is_touched(self):
        before = box.snapshot(self.host)
        self.cluster.stop()
        result = self.apply()
        self.assertEqual(result.code, 5, result)
        self.assertEqual(box.snapshot(self.host), before)

    def progress(self):
        """How many lines the newest run has written of its progress."""
        runs = os.path.join(self.host, box.STATE, "runs")
        newest = max(os.listdir(runs), default="none") if os.path.isdir(runs) else "none"
        path = os.path.join(runs, newest, "progress.jsonl")
        if not os.path.exists(path):
            return 0
        with open(path, encoding="utf-8") as file:
            return len(file.readlines())

    def test_whenever_the_server_dies_all_is_done_or_taken_back(self):
        draw = random.Random(int(os.environ.get("UPGRAPH_SEED", "1")))
        for verb in ("kill", "abort"):
            moment = draw.randrange(4, 60)
            with self.subTest(verb=verb, moment=moment):
                shutil.rmtree(os.path.join(self.host, box.STATE, "runs"), ignore_errors=True)
                run = self.start_program("apply", self.spec, "--root", self.host, "--yes", "--foreground")
                self.wait_until(lambda: run.poll() is not None or self.progress() >= moment, "the moment", 90)
                self.cluster.die(verb)
                out, err = run.communicate(timeout=120)
                self.cluster.restart()
                result = box.Result(run.returncode, out, err)
                if result.code == 4:
                    self.assertIn("upgraph resume", result.out + result.err)
                    result = self.run_program("resume", "--root", self.host, "--yes", "--foreground")
                if result.code == 0:
                    self.assertEqual(self.release(), "25.10")
                    self.assertEqual(self.ask("SELECT count(*) FROM migration"), "3")
                    result = self.run_program("rollback", "--root", self.host, "--yes")
                    self.assertEqual(result.code, 0, result)
                else:
                    self.assertEqual(result.code, 3, result)
                self.assert_as_before()

    def test_more_rows_than_the_times_are_estimated_for_are_refused(self):
        self.replace(self.spec, r"let rows = 500", "let rows = 2")
        result = self.apply()
        self.assertEqual(result.code, 5, result)
        self.assertIn("expect_rows(\"job\"", result.out + result.err)
        self.assert_as_before()

    def test_what_waits_for_its_time_is_done_then(self):
        self.replace(self.spec, r"cleanup after 14d", "cleanup after 1s")
        self.assertEqual(self.apply().code, 0)
        self.assertEqual(self.ask("SELECT count(paid) FROM shop_order"), "2000")
        self.assertTrue(os.path.exists(os.path.join(self.host, "var/backups/webshop/shop_order.dump")))
        time.sleep(1.1)
        result = self.run_program("tick", "--root", self.host)
        self.assertEqual(result.code, 0, result)
        columns = self.ask("SELECT string_agg(column_name, ' ' ORDER BY ordinal_position)"
                           " FROM information_schema.columns WHERE table_name = 'shop_order'")
        self.assertEqual(columns, "id customer_id cents state")
        self.assertEqual(sorted(os.listdir(os.path.join(self.host, "opt"))), ["webshop", "webshop-25.10"])
        self.assertEqual(os.listdir(os.path.join(self.host, "var/backups/webshop")), [])

    def test_a_dump_can_be_restored(self):
        self.assertEqual(self.apply().code, 0)
        self.cluster.ask("postgres", "CREATE DATABASE copy")
        self.cluster.ask("copy", "CREATE TABLE customer (id integer PRIMARY KEY)",
                         "INSERT INTO customer SELECT generate_series(1, 100)")
        dump = os.path.join(self.host, "var/backups/webshop/shop_order.dump")
        subprocess.run(["pg_restore", "-U", "postgres", "-d", "copy", dump], timeout=60,
                       env=self.cluster.environment, check=True)
        self.assertEqual(self.cluster.ask("copy", "SELECT count(*) FROM shop_order WHERE sent"), "1200")


if __name__ == "__main__":
    unittest.main(verbosity=2)
