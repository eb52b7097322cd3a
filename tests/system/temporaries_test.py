"""What is temporary ends exactly once: after the commit, on the way back, or not at all."""

import os
import unittest

import box

TOOL = """\
#!/bin/sh
file=$ROOT/run/tunnel-$2
case $1 in
  open) : > "$file"; echo open >> "$ROOT/log" ;;
  close) rm -f "$file"; echo close >> "$ROOT/log" ;;
  is-open) if [ -e "$file" ]; then exit 0; fi; exit 1 ;;
  is-closed) if [ -e "$file" ]; then exit 1; fi; exit 0 ;;
esac
"""

STEPS = """\
/// An open tunnel.
type Tunnel

/// Opens a tunnel.
step open_tunnel(port: Int) : temporary Tunnel {
  phases   prepare
  writes   file("/run/tunnel-${port}")
  reverses by compensation
  takes    1s
  timeout  1m
  ends     close_tunnel(port)
  do       ["/usr/lib/box/tunnel", "open", port]
  undo     ["/usr/lib/box/tunnel", "close", port]
  observe  ["/usr/lib/box/tunnel", "is-open", port]
}

/// Closes a tunnel.
step close_tunnel(port: Int) {
  phases   switch, cleanup
  writes   file("/run/tunnel-${port}")
  reverses by compensation
  takes    1s
  timeout  1m
  do       ["/usr/lib/box/tunnel", "close", port]
  undo     ["/usr/lib/box/tunnel", "open", port]
  observe  ["/usr/lib/box/tunnel", "is-closed", port]
}

upgrade"""


class Temporaries(box.BoxTest):
    def setUp(self):
        super().setUp()
        box.write(os.path.join(self.host, "usr/lib/box/tunnel"), TOOL, 0o755)
        box.write(os.path.join(self.host, "etc/cron.d/box"), "* * * * * root true\n")
        os.makedirs(os.path.join(self.host, "run"), exist_ok=True)
        box.write(os.path.join(self.host, "log"), "")
        self.write_spec("")

    def write_spec(self, switch, verify="2.0.0"):
        spec = box.SPEC.replace("import std.files", "import std.cron\nimport std.files")
        spec = spec.replace("\nupgrade", "\n" + STEPS)
        spec = spec.replace("  prepare {\n", "  prepare {\n"
                            "    cron.suspend(\"/etc/cron.d/box\")\n"
                            "    let tunnel = open_tunnel(1)\n")
        spec = spec.replace("    wait_for_go(\"/usr/lib/box/wait\", \"/var/lib/box/went\")\n", switch)
        spec = spec.replace("contains: \"2.0.0\"", f"contains: \"{verify}\"")
        box.write(self.spec, spec)

    def apply(self, code):
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, code, result)
        return result

    def on_host(self, path):
        path = os.path.join(self.host, path)
        if not os.path.lexists(path):
            return None
        with open(path, encoding="utf-8") as file:
            return file.read()

    def test_success_ends_everything(self):
        self.apply(0)
        self.assertEqual(self.on_host("etc/cron.d/box"), "* * * * * root true\n")
        self.assertIsNone(self.on_host("etc/cron.d/box.suspended"))
        self.assertIsNone(self.on_host("run/tunnel-1"))
        self.assertEqual(self.on_host("log"), "open\nclose\n")

    def test_an_end_of_its_own(self):
        self.write_spec("    end tunnel\n")
        out = self.apply(0).out
        self.assertEqual(out.count("close_tunnel"), 1)
        self.assertLess(out.index("close_tunnel"), out.index("committed"))
        self.assertEqual(self.on_host("log"), "open\nclose\n")

    def test_the_way_back_ends_everything(self):
        for switch, log in (("", "open\nclose\n"), ("    end tunnel\n", "open\nclose\nopen\nclose\n")):
            with self.subTest(switch=switch):
                self.write_spec(switch, verify="3.0.0")
                box.write(os.path.join(self.host, "log"), "")
                before = box.snapshot(self.host, (box.STATE, "log", "run"))
                self.apply(3)
                self.assertEqual(box.snapshot(self.host, (box.STATE, "log", "run")), before)
                self.assertEqual(self.on_host("log"), log)
                self.assertIsNone(self.on_host("run/tunnel-1"))

    def test_what_was_there_before_is_not_ended(self):
        os.rename(os.path.join(self.host, "etc/cron.d/box"),
                  os.path.join(self.host, "etc/cron.d/box.suspended"))
        box.write(os.path.join(self.host, "run/tunnel-1"), "")
        self.apply(0)
        self.assertIsNone(self.on_host("etc/cron.d/box"))
        self.assertEqual(self.on_host("etc/cron.d/box.suspended"), "* * * * * root true\n")
        self.assertEqual(self.on_host("run/tunnel-1"), "")
        self.assertEqual(self.on_host("log"), "")

    def test_a_rollback_after_the_commit(self):
        before = box.snapshot(self.host, (box.STATE, "log", "run"))
        self.apply(0)
        result = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(box.snapshot(self.host, (box.STATE, "log", "run")), before)
        self.assertEqual(self.on_host("log"), "open\nclose\nopen\nclose\n")

    def test_the_plan_shows_the_ends(self):
        out = self.run_program("plan", "box.upg").out
        self.assertRegex(out, r"prepare/1  cron.suspend.*\n(.*\n){2}.*which cleanup/end/prepare/1 ends")
        self.assertRegex(out, r"cleanup/end/prepare/2  close_tunnel\(1\)")


if __name__ == "__main__":
    unittest.main()
