"""Watches: after the commit `upgraph tick` looks, and answers what it finds."""

import json
import os
import time
import unittest

import box
from gates_test import Server

SPEC = """\
import std.channels
import std.files
import std.http

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0, v3.0.0
}

let page = channels.file("/srv/status.md")

/// Turns the new part off.
step turn_off(file: Path) {
  phases   cleanup
  writes   file(file)
  reverses by compensation
  takes    1s
  do       ["/usr/lib/box/switch", "off", file]
  undo     ["/usr/lib/box/switch", "on", file]
  observe  ["/usr/lib/box/switch", "look", file]
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  5m
  switch {
    files.install("payload/release", to: "/etc/box/release")
  }
  watch 2s every 400ms HEAD {
    http.number("http://127.0.0.1:PORT/stats", at: "/queue/0/length") <= BOUND
  } ELSE
  announce to page {
    started        "payload/release"
    done           "payload/release"
    rolled_back    "payload/release"
    stuck          "payload/release"
    watch_breached "payload/breached.md"
  }
}

upgrade v2.0 ..< v3.0 -> v3.0.0 {
  downtime 5m
  switch { files.install("payload/release-3", to: "/etc/box/release") }
}
"""

ELSE = """else {
    turn_off("/var/lib/box/off")
  }
"""

# Fails as long as `full` is there.
SWITCH = """\
#!/bin/sh
[ "$1" = look ] && { [ -e "$ROOT$2" ]; exit; }
[ -e "$ROOT/full" ] && { echo "the disk is full"; exit 1; }
[ "$1" = off ] && exec touch "$ROOT$2"
exec rm -f "$ROOT$2"
"""


class Watch(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.server = Server()
        box.write(os.path.join(self.host, "usr/lib/box/switch"), SWITCH, 0o755)
        box.write(os.path.join(self.folder, "payload/breached.md"), "${to} is not well\n", 0o644)
        box.write(os.path.join(self.folder, "payload/release-3"), "3.0.0\n", 0o644)
        os.makedirs(os.path.join(self.host, "var/lib/box"), exist_ok=True)
        os.makedirs(os.path.join(self.host, "srv"), exist_ok=True)
        self.off = os.path.join(self.host, "var/lib/box/off")

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        super().tearDown()

    def command(self, code, *words):
        options = ("--yes", "--foreground") if words[0] in ("apply", "rollback") else ()
        result = self.run_program(*words, "--root", self.host, *options)
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def start(self, otherwise=ELSE, head="", bound="12"):
        box.write(self.spec, SPEC.replace("PORT", str(self.server.server_port))
                  .replace("ELSE", otherwise).replace("HEAD", head).replace("BOUND", bound))
        self.command(0, "apply", "box.upg", "--to", "v2.0.0")
        return time.monotonic()

    def sample_count(self):
        runs = os.path.join(self.host, box.STATE, "runs")
        path = os.path.join(runs, sorted(os.listdir(runs))[0], "samples.jsonl")
        if not os.path.exists(path):
            return 0
        with open(path, encoding="utf-8") as file:
            return len([json.loads(line) for line in file])

    def told(self):
        with open(os.path.join(self.host, "srv/status.md"), encoding="utf-8") as file:
            return file.read()

    def test_holds_to_its_end(self):
        began = self.start()
        self.assertIn("looks until", self.command(0, "status"))
        self.assertIn("only when `v2.0.0/cleanup/watch/1` does not hold", self.command(0, "status"))
        if time.monotonic() - began < 0.3:
            self.assertIn("nothing is due", self.command(0, "tick"))
            self.assertEqual(self.sample_count(), 0)
        time.sleep(0.5)
        self.assertIn("found nothing", self.command(0, "tick"))
        count = self.sample_count()
        self.assertGreaterEqual(count, 1)
        time.sleep(max(0.0, 2.1 - (time.monotonic() - began)))
        self.assertIn("found nothing", self.command(0, "tick"))
        self.assertGreater(self.sample_count(), count)
        self.assertIn("nothing is due", self.command(0, "tick"))
        self.assertFalse(os.path.exists(self.off))
        self.assertNotIn("not well", self.told())

    def test_what_it_finds_is_answered_once_and_goes_back_with_the_rest(self):
        self.start()
        self.server.values["queue"] = 13
        time.sleep(0.5)
        text = self.command(0, "tick")
        self.assertIn("is 13, not <= 12", text)
        self.assertIn("its `else` was done", text)
        self.assertTrue(os.path.exists(self.off))
        self.assertEqual(self.told().count("2.0.0 is not well"), 1)
        time.sleep(0.5)
        self.assertIn("nothing is due", self.command(0, "tick"))
        self.assertEqual(self.told().count("2.0.0 is not well"), 1)
        self.command(0, "rollback")
        self.assertFalse(os.path.exists(self.off))
        self.assertEqual(self.release(), "1.0.0")

    def test_an_answer_that_fails_is_tried_again(self):
        self.start()
        self.server.values["queue"] = 13
        box.write(os.path.join(self.host, "full"), "", 0o644)
        time.sleep(0.5)
        text = self.command(7, "tick")
        self.assertIn("is 13, not <= 12", text)
        self.assertIn("the disk is full", text)
        os.remove(os.path.join(self.host, "full"))
        self.server.values["queue"] = 0
        self.command(0, "tick")
        self.assertTrue(os.path.exists(self.off))

    def test_without_an_answer_it_is_told(self):
        self.start(otherwise="")
        self.server.values["queue"] = 13
        time.sleep(0.5)
        self.assertIn("nothing answers it but a person", self.command(7, "tick"))
        self.assertEqual(self.told().count("2.0.0 is not well"), 1)
        time.sleep(0.5)
        self.assertIn("nothing is due", self.command(0, "tick"))

    def test_what_is_missing_says_nothing_unless_it_shall(self):
        began = self.start()
        self.server.shutdown()
        self.server.server_close()
        time.sleep(max(0.0, 2.1 - (time.monotonic() - began)))
        # Its time is over, but it has not seen that it holds.
        self.assertIn("found nothing", self.command(0, "tick"))
        time.sleep(0.5)
        self.assertIn("found nothing", self.command(0, "tick"))
        time.sleep(max(0.0, 4.1 - (time.monotonic() - began)))
        self.command(0, "tick")
        self.assertIn("nothing is due", self.command(0, "tick"))
        self.assertFalse(os.path.exists(self.off))
        self.server = Server()  # for tearDown

    def test_missing_fails_where_it_is_said(self):
        self.start(head=", missing fails")
        self.server.shutdown()
        self.server.server_close()
        time.sleep(0.5)
        self.command(0, "tick")
        self.assertTrue(os.path.exists(self.off))
        self.server = Server()

    def test_a_baseline_is_from_before_the_run(self):
        self.start(head=", baseline 600ms", bound="baseline + 1")
        self.server.values["queue"] = 12
        time.sleep(0.5)
        self.assertIn("is 12, not <= 11", self.command(0, "tick"))

    def test_a_later_run_ends_it(self):
        self.start()
        self.command(0, "apply", "box.upg")
        self.assertEqual(self.release(), "3.0.0")
        self.server.values["queue"] = 13
        time.sleep(0.5)
        self.assertIn("nothing is due", self.command(0, "tick"))

    def test_only_the_last_hop_watches(self):
        box.write(self.spec, SPEC.replace("PORT", str(self.server.server_port))
                  .replace("ELSE", ELSE).replace("HEAD", "").replace("BOUND", "12"))
        self.command(0, "apply", "box.upg")
        self.assertEqual(self.release(), "3.0.0")
        self.server.values["queue"] = 13
        time.sleep(0.5)
        self.assertIn("nothing is due", self.command(0, "tick"))


if __name__ == "__main__":
    unittest.main(argv=["watch_test"], verbosity=2)
