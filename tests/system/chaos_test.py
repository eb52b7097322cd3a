"""Several runners let go in the same moment, over and over, some of them killed at random: one works at a
time, epochs grow, the history is one line, and the host comes to what it was or to what it shall be.

chaos_test.py PROGRAM [--seconds N] [--seed N]
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import box
import either_end

# Of who did not get to do anything: somebody else is at it, or there is nothing to do.
REFUSALS = ("another run is alive", "nothing to roll back")
FENCE_KIND = 2  # runtime/history/record_kind.def
ROUNDS_MIN = 3

options = None  # set by main


class ChaosTest(either_end.EitherEndTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(options.seed)
        begin = time.monotonic()
        self.settle("apply")
        self.seconds = time.monotonic() - begin
        self.settle("rollback")
        self.assertEqual(box.snapshot(self.host), self.old)
        self.assertNotEqual(self.without_times(), self.new)
        self.kills = self.runs_ended = self.refused = 0

    def settle(self, verb):
        """By one runner that nobody disturbs."""
        result = self.run_program(*self.command(verb))
        self.assertIn(result.code, (0, 3), f"{verb}: {result}")
        return result

    def epoch(self):
        with open(os.path.join(self.host, box.STATE, "epoch"), encoding="ascii") as file:
            return int(file.read())

    def fences(self):
        """The epochs that journals speak of, run by run."""
        runs = os.path.join(self.host, box.STATE, "runs")
        found = []
        for run in sorted(name for name in os.listdir(runs) if not name.startswith(".")):
            with tempfile.TemporaryDirectory() as copy:
                for name in ("journal.db", "journal.db-wal"):
                    shutil.copy(os.path.join(runs, run, name), copy)
                with contextlib.closing(sqlite3.connect(os.path.join(copy, "journal.db"))) as base:
                    rows = base.execute("SELECT text FROM event WHERE kind = ? ORDER BY seq",
                                        (FENCE_KIND,)).fetchall()
            found.append([int(text.split(b" ")[0] if isinstance(text, bytes) else text.split()[0])
                          for (text,) in rows])
        return found

    def let_go(self, count):
        """`count` commands that begin in one moment."""
        gate, opener = os.pipe()
        waiting = []
        for _ in range(count):
            verb = self.random.choice(("apply", "apply", "resume", "rollback", "rollback"))
            command = box.accepting(self.command(verb))
            waiting.append((verb, subprocess.Popen(
                ["/bin/sh", "-c", 'read x; exec "$@" < /dev/null', "sh", box.PROGRAM, *command],
                stdin=gate, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)))
        os.close(gate)
        os.close(opener)
        return waiting

    def kill_some(self, running):
        for _ in range(self.random.randrange(0, len(running))):
            time.sleep(self.random.random() * self.seconds / 2)
            alive = [process for _, process in running if process.poll() is None]
            if not alive:
                return
            self.random.choice(alive).send_signal(signal.SIGKILL)
            self.kills += 1

    def judge(self, verb, process):
        out, _ = process.communicate(timeout=240)
        if process.returncode == -signal.SIGKILL:
            return
        result = box.Result(process.returncode, out, "")
        self.assertIn(process.returncode, (0, 3, 5), f"{verb}: {result}")
        if process.returncode == 5:
            self.refused += 1
            self.assertTrue(any(why in out for why in REFUSALS), f"{verb}: {result}")
        else:
            self.runs_ended += 1

    def round(self):
        before = self.epoch()
        running = self.let_go(self.random.randrange(2, 9))
        self.kill_some(running)
        for verb, process in running:
            self.judge(verb, process)
        self.assertFalse(os.path.exists(os.path.join(self.host, "go")), "two were at work at once")
        self.assertGreater(self.epoch(), before)
        self.assertLessEqual(self.epoch(), before + len(running))
        fences = self.fences()
        epochs = [epoch for of_run in fences for epoch in of_run]
        self.assertEqual(len(set(epochs)), len(epochs))
        for of_run in fences:
            self.assertEqual(of_run, sorted(of_run))
        runs = self.runs()
        self.assertLessEqual(len([run for run in runs if not run["finished"]]), 1, runs)
        self.assertEqual([run["damage"] for run in runs], [None] * len(runs))

    def test_one_works_at_a_time_and_the_host_is_old_or_new(self):
        end = time.monotonic() + options.seconds
        rounds = 0
        while rounds < ROUNDS_MIN or time.monotonic() < end:
            self.round()
            rounds += 1
            self.settle(self.random.choice(("resume", "rollback")))
            is_old = box.snapshot(self.host) == self.old
            self.assertTrue(is_old or self.without_times() == self.new, "neither old nor new")
        print(f"seed {options.seed}: {rounds} rounds, {self.kills} kills, {self.runs_ended} commands "
              f"came to their end, {self.refused} were refused, epoch {self.epoch()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    unittest.main(argv=["chaos_test"])
