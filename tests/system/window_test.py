"""A run in its window: refused before it and after it, turned back by itself in it, and shown."""

import json
import os
import time
import unittest

import box


def moment(seconds):
    """That many seconds from now, as `--window` has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


class Window(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.before = box.snapshot(self.host)

    def write_spec(self, window):
        box.write(self.spec, box.SPEC.replace("window    1h", f"window    {window}"))

    def apply(self, *more):
        return self.run_program("apply", self.spec, "--root", self.host, "--yes", "--foreground",
                                *more)

    def refused(self, code, words, *more):
        result = self.apply(*more)
        self.assertEqual(result.code, code, result)
        for word in words:
            self.assertIn(word, result.err, result)
        self.assertEqual(self.runs(), [])
        self.assertEqual(box.snapshot(self.host), self.before)

    def test_before_and_after_it_nothing_is_touched(self):
        self.refused(5, ["the window begins at 20", "apply again then"], "--window", moment(600))
        self.refused(5, ["the window was from 20"], "--window", moment(-3700))
        # Thirteen seconds are needed.
        self.refused(5, ["what is to be done takes 5s by estimate, 7s500ms are kept for its way "
                         "back, and the window ends in"], "--window", moment(-3592))

    def test_what_is_no_beginning_is_a_usage_error(self):
        self.refused(2, ["another moment in each time zone", "Europe/Berlin"],
                     "--window", "2026-11-30T02:00")
        self.refused(2, ["no time at which a window begins"], "--window", "tomorrow")

    def test_where_nobody_says_how_long_it_is(self):
        box.write(self.spec, box.SPEC.replace("  window    1h\n", ""))
        self.refused(5, ["does not say how long", "`window 1h` in the spec"],
                     "--window", moment(-10))

    def test_it_turns_back_by_itself_and_says_so(self):
        self.write_spec("20s")  # of which four and a half are kept when the third step hangs
        process = self.start_program("apply", self.spec, "--root", self.host, "--yes",
                                     "--foreground", "--format", "json")
        self.wait_for_step()
        status = json.loads(
            self.run_program("status", "--root", self.host, "--format", "json").out)
        window = status["current"]["window"]
        self.assertIsNone(window["doubt"])
        self.assertFalse(window["late"])
        self.assertAlmostEqual(window["left_ms"] - window["turn_back_left_ms"], 4500, delta=1)
        self.assertLess(window["left_ms"], 20_000)
        shown = self.run_program("status", "--root", self.host).out
        self.assertRegex(shown, r"window +20\S+Z to 20\S+Z, [0-9.ms]+ left\n")
        self.assertRegex(shown, r"turn back +20\S+Z at the latest, in [0-9.ms]+\n")
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, out + err)
        self.assertIn("it was time to turn back: 4s500ms are kept for the way back", out)
        lines = [json.loads(line) for line in out.splitlines()]
        applying = next(line for line in lines if line["event"] == "applying")
        self.assertEqual(applying["window_end_ms"] - applying["turn_back_ms"], 3000)
        self.assertLess(applying["window_left_ms"], 20_001)
        self.assertEqual(box.snapshot(self.host), self.before)
        self.assertTrue(os.path.exists(os.path.join(self.host, "undoing")))

    def test_who_is_told_when_it_is_late(self):
        spec = box.SPEC.replace("import std.files", "import std.channels\nimport std.files")
        spec = spec.replace("product box {", """let page = channels.file("/srv/status.md")

product box {""").replace("  prepare {", """  announce to page { late "payload/late.md" }

  prepare {""").replace("window    1h", "window    15s")
        box.write(self.spec, spec)
        box.write(os.path.join(self.folder, "payload/late.md"), "${product} is late")
        os.makedirs(os.path.join(self.host, "srv"))
        box.write(os.path.join(self.host, "slow"), "")  # the way back waits for it to be gone
        process = self.start_program("apply", self.spec, "--root", self.host, "--yes",
                                     "--foreground")
        page = os.path.join(self.host, "srv/status.md")
        self.wait_until(lambda: os.path.exists(page), "it is told while it goes back", 60)
        self.assertIsNone(process.poll())
        os.remove(os.path.join(self.host, "slow"))
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, out + err)
        self.assertRegex(out, r"run +late +\S+  the window ended at 20\S+Z; the way back goes on\n")
        self.assertRegex(out, r"; the window ended at 20\S+Z, [0-9smh]+ before")
        with open(page, encoding="utf-8") as file:
            self.assertEqual(file.read().count("box is late"), 1)
        self.assertRegex(self.run_program("status", "--root", self.host).out,
                         r"window +20\S+Z to 20\S+Z, and it took longer\n")


if __name__ == "__main__":
    unittest.main()
