"""A runner that gets no more memory: from one allocation on or at that one alone, or because its address
space is used up. Whatever it says or dies of, the next command leads to the old host or to the new one.

no_memory_test.py PROGRAM PROGRAM_WITH_FAILING_NEW; the second is tests/system/failing_new.cpp
"""

import os
import resource
import signal
import subprocess
import sys
import unittest

import box
import either_end

FAILING = os.path.abspath(sys.argv.pop(1))
TRIES = 6
# It aborts, or says how it ended; it must not take what it could not read for damaged.
ENDS = (0, 3, 4, 5, 6, 7, -signal.SIGABRT)


class NoMemoryTest(either_end.EitherEndTest):
    def start(self, verb, **options):
        """A command that may end as it likes, within ENDS."""
        program = options.pop("program", box.PROGRAM)
        done = subprocess.run([program, *box.accepting(self.command(verb))], capture_output=True,
                              text=True, timeout=120, check=False, **options)
        self.assertIn(done.returncode, ENDS, box.Result(done.returncode, done.stdout, done.stderr))
        return done.returncode

    def test_new_fails(self):
        count = os.path.join(self.folder, "count")
        opened = 0  # by an `apply` that failed later
        for verb in ("apply", "rollback"):
            for number in range(TRIES):
                self.start_again()
                if verb == "rollback":
                    self.assertEqual(self.run_program(*self.command("apply")).code, 0)
                if number == 0:  # how many there are; then the host is made anew
                    self.assertEqual(self.start(verb, program=FAILING, env={
                        **os.environ, "UPGRAPH_TEST_NEW_COUNT": count}), 0)
                    with open(count, encoding="ascii") as file:
                        calls = int(file.read())
                    continue
                # Most of what is needed is needed before the run is opened; later is of more use.
                at = calls - int(calls / 2 * self.random.random() ** 3)
                once = "x" if number % 2 == 0 else ""
                self.start(verb, program=FAILING,
                           env={**os.environ, "UPGRAPH_TEST_NEW_FAILS": f"{at}{once}"})
                opened += verb == "apply" and self.has_run()
                self.recover()
        self.assertGreater(opened, 0)

    def test_the_address_space_is_used_up(self):
        def with_limit(limit):
            return lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        # What it just does not fit into is found by halves, and then missed by a little.
        failed, least, most = 0, 16 << 20, 1 << 31
        for number in range(2 * TRIES):
            self.start_again()
            limit = (least + most) // 2 if number < TRIES else int(
                least * (1 - self.random.random() / 4))
            code = self.start_limited(with_limit(limit))
            failed += code != 0
            if number < TRIES:
                least, most = (limit, most) if code != 0 else (least, limit)
            self.recover()
        self.assertGreater(failed, 0)

    def start_limited(self, limiting):
        done = subprocess.run([box.PROGRAM, *box.accepting(self.command("apply"))],
                              capture_output=True, text=True, timeout=120, check=False,
                              preexec_fn=limiting)
        # Below what its libraries need it does not even begin (127).
        self.assertIn(done.returncode, (*ENDS, 127),
                      box.Result(done.returncode, done.stdout, done.stderr))
        return done.returncode


if __name__ == "__main__":
    unittest.main()
