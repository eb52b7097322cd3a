"""What a program inherits from whoever starts it: streams that are closed, signals that are ignored, small
limits, a folder that is gone, an environment that misleads. A run comes to its end all the same, or the next
one does it."""

import os
import resource
import signal
import subprocess
import unittest

import box
import either_end

STREAMS = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
# It says how it ended, or did not get so far as to say anything.
ENDS = (0, 3, 4, 5, 6, 7, 70, 127, -signal.SIGABRT)


def closing(streams):
    def close():
        for stream in streams:
            os.close(stream)
    return close


class EnvironmentTest(either_end.EitherEndTest):
    def start(self, verb, prepare=None, env=None, detached=False):
        """Its exit code; what it says goes where it cannot hold it up."""
        arguments = self.command(verb)
        if detached:
            arguments.remove("--foreground")
        with open(os.path.join(self.folder, "said"), "w+b") as said:
            done = subprocess.run([box.PROGRAM, *box.accepting(arguments)], stdin=subprocess.DEVNULL,
                                  stdout=said, stderr=said, timeout=120, check=False,
                                  preexec_fn=prepare, env=env, cwd=self.folder)
            said.seek(0)
            self.said = said.read().decode()
        return done.returncode

    def there_and_back(self, what, **how):
        self.start_again()
        self.assertEqual(self.start("apply", **how), 0, f"{what}: {self.said}")
        self.assertEqual(self.without_times(), self.new, what)
        self.assertEqual([run["state"] for run in self.runs()], ["committed"], what)
        self.assertEqual(self.start("rollback", **how), 0, f"{what}: {self.said}")
        self.assertEqual(box.snapshot(self.host), self.old, what)

    def test_closed_streams(self):
        for streams in STREAMS:
            self.there_and_back(f"closed {streams}", prepare=closing(streams))

    def test_closed_streams_of_who_only_watches(self):
        for streams in ((1,), (0, 1, 2)):
            self.start_again()
            self.start("apply", prepare=closing(streams), detached=True)
            self.wait_until(lambda: self.has_run() and self.runs()[0]["state"] == "committed",
                            f"closed {streams}: the runner ends")
            self.assertEqual(self.without_times(), self.new, f"closed {streams}")

    def test_signals_that_are_ignored_or_blocked(self):
        def ignore():
            for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)

        def block():
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())

        self.there_and_back("ignored", prepare=ignore)
        self.there_and_back("blocked", prepare=block)

    def test_a_folder_that_is_gone(self):
        gone = os.path.join(self.folder, "gone")

        def leave():
            os.mkdir(gone)
            os.chdir(gone)
            os.rmdir(gone)

        self.there_and_back("gone", prepare=leave)

    def test_an_environment_that_is_empty_or_misleads(self):
        self.there_and_back("empty", env={})
        nowhere = os.path.join(self.folder, "nowhere")
        self.there_and_back("misleading", env={
            "PATH": nowhere, "HOME": nowhere, "TMPDIR": nowhere, "PWD": nowhere, "LANG": "xx_YY.KOI8-R",
            "LC_ALL": "xx", "TZ": ":/" + "x" * 5000, "TERM": "\x1b[31m", "COLUMNS": "-1", "LINES": "x",
            "BASH_ENV": nowhere, "ENV": nowhere, "IFS": "/", "SHELLOPTS": "noexec", "POSIXLY_CORRECT": "1",
            "SQLITE_TMPDIR": nowhere, "XDG_RUNTIME_DIR": nowhere, "DBUS_SESSION_BUS_ADDRESS": "unix:",
            "NOTIFY_SOCKET": nowhere, "INVOCATION_ID": "\n", "ROOT": "/", "A" * 10_000: "B" * 10_000})

    def test_masks(self):
        for mask in (0o000, 0o777):
            self.there_and_back(f"{mask:o}", prepare=lambda mask=mask: os.umask(mask))

    def test_few_descriptors(self):
        self.assert_either_end_below(resource.RLIMIT_NOFILE, range(3, 64, 4))

    def test_small_files(self):
        self.assert_either_end_below(resource.RLIMIT_FSIZE, (
            0, 100, 4096, 16 << 10, 64 << 10, 80 << 10, 100 << 10, 128 << 10, 1 << 30))

    def assert_either_end_below(self, kind, limits):
        ended = set()
        for limit in limits:
            self.start_again()
            code = self.start("apply", prepare=lambda limit=limit: resource.setrlimit(kind, (limit, limit)))
            self.assertIn(code, ENDS, f"{limit}: {self.said}")
            ended.add(code)
            self.recover()
        self.assertGreater(len(ended), 1, "no limit was small, or all of them were")


if __name__ == "__main__":
    unittest.main()
