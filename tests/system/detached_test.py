"""The runner is not the terminal: whatever happens to the watcher, the run goes on."""

import json
import os
import pty
import select
import signal
import subprocess
import time
import unittest

import box


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, *arguments):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.environ.pop("NO_COLOR", None)
            os.execv(box.PROGRAM, [box.PROGRAM, *arguments])

    def read_until(self, word, seconds=30):
        end = time.monotonic() + seconds
        while word not in self.text:
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {word!r} in {self.text!r}")
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.text += os.read(self.fd, 65536).decode("utf-8", "replace")
                except OSError:
                    if word in self.text:
                        return
                    raise AssertionError(f"ended without {word!r}: {self.text!r}") from None

    def type(self, text):
        os.write(self.fd, text.encode())

    def close(self):
        os.close(self.fd)

    def read_what_is_there(self, seconds):
        # What nobody reads would stop the program. A closed terminal gives an error at its end.
        try:
            while select.select([self.fd], [], [], seconds)[0]:
                self.text += os.read(self.fd, 65536).decode("utf-8", "replace")
        except (OSError, ValueError):
            time.sleep(seconds)

    def wait(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read_what_is_there(0.01)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read_what_is_there(0)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"the program did not end: {self.text!r}")


class Detached(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.package = self.pack()
        self.before = box.snapshot(self.host)

    def apply_on_terminal(self):
        terminal = Terminal("apply", self.package, "--root", self.host, "--not-durable")
        terminal.read_until("Apply it? [y/N] ")
        terminal.type("y\n")
        self.wait_for_step()
        return terminal

    def finish(self):
        """Lets the waiting step end and the run with it."""
        self.go()
        self.end_runner()

    def assert_done(self):
        self.finish()
        self.assertEqual(self.release(), "2.0.0")
        runs = self.runs()
        self.assertEqual((len(runs), runs[0]["state"], runs[0]["finished"]), (1, "committed", True))

    def test_no_is_no(self):
        terminal = Terminal("apply", self.package, "--root", self.host, "--not-durable")
        terminal.read_until("[y/N] ")
        terminal.type("n\n")
        self.assertEqual(terminal.wait(), 5)
        self.assertEqual(box.snapshot(self.host), self.before)
        self.assertFalse(os.path.exists(os.path.join(self.host, box.STATE)))

    def test_a_terminal_shows_what_is_at_work(self):
        terminal = self.apply_on_terminal()
        terminal.read_until("applying     switch/2")
        self.go()
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("\x1b[J", terminal.text)
        self.assertIn("done:", terminal.text)

    def test_a_closed_terminal(self):
        terminal = self.apply_on_terminal()
        terminal.close()
        self.assertEqual(terminal.wait(), 6)
        self.assertIsNotNone(self.runner_pid())
        self.assert_done()

    def test_a_hang_up_and_a_kill_of_the_watcher(self):
        for number, code in ((signal.SIGHUP, 6), (signal.SIGTERM, 6),
                             (signal.SIGKILL, -signal.SIGKILL)):
            with self.subTest(number):
                watcher = self.start_program("apply", self.package, "--root", self.host)
                self.wait_for_step()
                watcher.send_signal(number)
                watcher.communicate(timeout=30)
                self.assertEqual(watcher.returncode, code)
                self.assertIsNotNone(self.runner_pid())
                self.finish()
                self.assertEqual(self.release(), "2.0.0")
                back = self.run_program("rollback", "--root", self.host)
                self.assertEqual(back.code, 0, back)
                self.assertEqual(box.snapshot(self.host), self.before)
                self.remove_markers()

    def test_a_closed_pipe(self):
        watcher = self.start_program("apply", self.package, "--root", self.host)
        self.assertIn("not signed", watcher.stdout.readline())
        self.wait_for_step()
        watcher.stdout.close()
        self.go()
        # 6: it saw the closed pipe first; 0: the run had ended before it wrote again.
        self.assertIn(watcher.wait(timeout=30), (0, 6))
        watcher.stderr.close()
        self.assert_done()

    def test_detach_from_the_start(self):
        watcher = self.start_program("apply", self.package, "--root", self.host, "--detach")
        out, err = watcher.communicate(timeout=30)
        self.assertEqual(watcher.returncode, 0, out + err)
        self.assertIn("upgraph status --follow", err)
        self.wait_for_step()
        self.assert_done()

    def test_detach_still_says_what_was_refused(self):
        box.write(os.path.join(self.host, "etc/box/release"), "3.0.0\n")
        result = self.run_program("apply", self.package, "--root", self.host, "--detach")
        self.assertEqual(result.code, 5, result)
        self.assertIn("3.0.0", result.err)

    def test_ctrl_c_asks_go_on(self):
        terminal = self.apply_on_terminal()
        terminal.type("\x03")
        terminal.read_until("watching? ")
        terminal.type("g\n")
        self.go()
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(self.release(), "2.0.0")

    def test_ctrl_c_asks_detach(self):
        for answer in ("d\n", "\x03"):
            with self.subTest(answer):
                terminal = self.apply_on_terminal()
                terminal.type("\x03")
                terminal.read_until("watching? ")
                terminal.type(answer)
                self.assertEqual(terminal.wait(), 6)
                self.assertIn("goes on without us", terminal.text)
                self.finish()
                self.assertEqual(self.release(), "2.0.0")
                back = self.run_program("rollback", "--root", self.host)
                self.assertEqual(back.code, 0, back)
                self.remove_markers()

    def test_ctrl_c_asks_turn_back(self):
        terminal = self.apply_on_terminal()
        terminal.type("\x03")
        terminal.read_until("watching? ")
        terminal.type("t\n")
        terminal.read_until("asked to turn back")
        self.go()
        self.assertEqual(terminal.wait(), 3)
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_follow_attaches_again(self):
        first = self.start_program("apply", self.package, "--root", self.host, "--detach")
        first.communicate(timeout=30)
        self.wait_for_step()
        watcher = self.start_program("status", "--follow", "--root", self.host)
        lines = []
        while not any("switch/1" in line for line in lines):
            lines.append(watcher.stdout.readline())
            self.assertNotEqual(lines[-1], "")
        self.go()
        out, err = watcher.communicate(timeout=30)
        self.assertEqual(watcher.returncode, 0, out + err)
        self.assertIn("done:", out)
        # Nothing is at work any more: it is the status.
        again = self.run_program("status", "--follow", "--root", self.host)
        self.assertEqual(again.code, 0, again)
        self.assertIn("committed", again.out)

    def test_sigterm_turns_back(self):
        watcher = self.start_program("apply", self.package, "--root", self.host)
        self.wait_for_step()
        os.kill(self.runner_pid(), signal.SIGTERM)
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 3, out + err)
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_a_second_sigterm_stops_at_once(self):
        watcher = self.start_program("apply", self.package, "--root", self.host)
        self.wait_for_step()
        box.write(os.path.join(self.host, "slow"), "")
        pid = self.runner_pid()
        os.kill(pid, signal.SIGTERM)
        self.wait_for_marker("undoing")
        os.kill(pid, signal.SIGTERM)
        out, err = watcher.communicate(timeout=20)
        self.assertEqual(watcher.returncode, 6, out + err)
        self.remove_markers()
        result = self.run_program("resume", "--root", self.host)
        self.assertEqual(result.code, 3, result)
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_a_killed_runner_is_noticed_and_resumed(self):
        watcher = self.start_program("apply", self.package, "--root", self.host)
        self.wait_for_step()
        self.kill_runner()
        out, err = watcher.communicate(timeout=30)
        self.assertEqual(watcher.returncode, 6, out + err)
        self.assertIn("upgraph resume", err)
        status = self.run_program("status", "--root", self.host)
        self.assertIn("nobody works on it", status.out, status)
        self.go()
        result = self.run_program("resume", "--root", self.host)
        self.assertEqual(result.code, 0, result)
        self.assert_done()

    def test_without_a_person_an_unfinished_run_turns_back(self):
        watcher = self.start_program("apply", self.package, "--root", self.host)
        self.wait_for_step()
        self.kill_runner()
        watcher.communicate(timeout=30)
        self.go()
        result = self.run_program("apply", self.package, "--root", self.host)
        self.assertEqual(result.code, 3, result)
        self.assertEqual(box.snapshot(self.host), self.before)

    def interrupt(self):
        """A run in its second step whose runner is dead."""
        terminal = self.apply_on_terminal()
        self.kill_runner()
        terminal.wait()
        self.remove_markers()

    def apply_again(self, answer):
        terminal = Terminal("apply", self.package, "--root", self.host, "--not-durable")
        terminal.read_until("Go on with it? No turns it back, if it is not committed [y/N] ")
        terminal.type(answer + "\n")
        return terminal

    def test_a_person_lets_the_unfinished_run_go_on(self):
        self.interrupt()
        terminal = self.apply_again("y")
        self.wait_for_step()
        self.go()
        self.assertEqual(terminal.wait(), 0)
        self.assert_done()

    def test_a_person_does_not_let_the_unfinished_run_go_on(self):
        self.interrupt()
        self.assertEqual(self.apply_again("n").wait(), 3)
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_foreground_stays_and_turns_back_on_ctrl_c(self):
        watcher = self.start_program("apply", self.package, "--root", self.host, "--foreground")
        self.wait_for_step()
        self.assertEqual(self.runner_pid(), watcher.pid)
        watcher.send_signal(signal.SIGHUP)
        watcher.send_signal(signal.SIGINT)
        self.go()
        out, err = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 3, out + err)
        self.assertIn("turning back in order", err)
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_the_runner_holds_nothing_of_its_caller(self):
        # A caller that reads to the end must not wait for the run.
        done = subprocess.run([box.PROGRAM, "apply", self.package, "--root", self.host,
                               "--detach", "--not-durable"], capture_output=True, timeout=20, check=False)
        self.assertEqual(done.returncode, 0)
        self.wait_for_step()
        pid = self.runner_pid()
        names = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (0, 1, 2)}
        self.assertEqual(os.readlink(f"/proc/{pid}/fd/0"), "/dev/null")
        self.assertFalse(any(name.startswith(("/dev/pts", "pipe:")) for name in names), names)
        self.assertEqual(os.getsid(pid), pid)
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
        self.assert_done()

    def test_progress_file(self):
        self.go()
        result = self.run_program("apply", self.package, "--root", self.host)
        self.assertEqual(result.code, 0, result)
        run = self.runs()[0]["run"]
        folder = os.path.join(self.host, box.STATE, "runs", run)
        with open(os.path.join(folder, "progress.jsonl"), encoding="utf-8") as file:
            events = [json.loads(line)["event"] for line in file]
        self.assertEqual((events[0], events[-1]), ("runner-started", "final"))
        self.assertEqual(os.stat(os.path.join(folder, "progress.jsonl")).st_mode & 0o777, 0o600)
        self.assertEqual(os.path.getsize(os.path.join(folder, "runner.log")), 0)


if __name__ == "__main__":
    unittest.main()
