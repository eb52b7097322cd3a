"""`upgraph report`: of runs that ended in every way there is, as JSON that holds its schema and as a page
that is whole by itself."""

import contextlib
import html.parser
import json
import os
import re
import shutil
import sqlite3
import subprocess
import unittest

import jsonschema

import box

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(TOP, "docs/formats/report.schema.json"), encoding="utf-8") as schema_file:
    SCHEMA = jsonschema.Draft7Validator(json.load(schema_file))

HOSTILE = "<script>&'"
VOID = {"meta", "br"}
# Of SVG: an element that ends itself.
DRAWN = {"rect", "line", "path", "circle"}


class Page(html.parser.HTMLParser):
    """What is in a page; a fault when an element is not closed, or an id stands twice."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.tags, self.classes, self.texts = [], [], [], [], []
        self.addresses, self.rows = [], {}
        self.feed(text)
        self.close()
        if self.open:
            raise AssertionError(f"not closed: {self.open}")
        if len(set(self.ids)) != len(self.ids):
            raise AssertionError("an id stands twice")

    def handle_starttag(self, tag, attributes):
        self.see(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        if tag not in DRAWN:
            raise AssertionError(f"<{tag}/>")
        self.see(tag, attributes)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes something else")

    def handle_data(self, data):
        self.texts.append(data)
        if "td" in self.open and self.ids and self.ids[-1].startswith("step-"):
            self.rows.setdefault(self.ids[-1], []).append(data)

    def see(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            elif name == "class":
                self.classes.append(value.split())
            elif name in ("href", "src", "srcset", "data", "action") or name.startswith("on"):
                self.addresses.append((tag, name, value))
            elif name == "style":
                raise AssertionError("a style of its own")

    def count(self, *classes):
        return sum(set(classes) <= set(found) for found in self.classes)

    @property
    def text(self):
        return "".join(self.texts)


class ReportTest(box.BoxTest):
    def report(self, *words, code=0):
        """The report as JSON and as a page, each held against what every report must keep."""
        told = self.run_program("report", *words, "--root", self.host, "--format", "json")
        self.assertEqual(told.code, code, told)
        told = json.loads(told.out)
        faults = [fault.message for fault in SCHEMA.iter_errors(told)]
        if code == 0:
            self.assertEqual(faults, [])
        shown = self.run_program("report", *words, "--root", self.host, "-o", "report.html")
        self.assertEqual((shown.code, shown.out), (code, ""), shown)
        with open(os.path.join(self.folder, "report.html"), encoding="utf-8") as file:
            text = file.read()
        printed = self.run_program("report", *words, "--root", self.host)
        if told["finished"]:  # else it says how much of its window is left
            self.assertEqual(printed.out, text)
        page = Page(text)
        self.assertEqual(page.addresses, [])
        self.assertFalse({"script", "link", "img", "iframe", "object", "form"} & set(page.tags))
        self.assertFalse(re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org/2000/svg)", text))
        self.assertIn(told["verdict"], page.text)
        if code == 0:
            self.assert_agree(told, page)
        return told, page

    def assert_agree(self, told, page):
        """What the page shows is what the JSON says."""
        rows = [page.rows[name] for name in page.ids if name.startswith("step-")]
        self.assertEqual([(row[0], row[1], row[2]) for row in rows],
                         [(step["state"], step["step"], step["title"]) for step in told["steps"]])
        tries = sum(len(step["tries"]) for step in told["steps"])
        self.assertEqual(page.count("try"), tries)
        self.assertEqual(page.count("back", "try"),
                         sum(one["direction"] == "back" and one["outcome"] != "stuck"
                             for step in told["steps"] for one in step["tries"]))
        self.assertEqual(sum(name.startswith("time-") for name in page.ids),
                         sum(bool(step["tries"]) for step in told["steps"]))
        self.assertEqual(page.count("box"), len(told["steps"]))
        for section, member in (("leftovers", "leftovers"), ("drift", "drift"),
                                ("settled", "settled"), ("gates", "conditions")):
            self.assertEqual(section in page.ids, bool(told[member]), section)
        for leftover in told["leftovers"]:
            self.assertIn(leftover["command"], page.text)

    def command(self, code, *words):
        result = self.run_program(*words, "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, code, result)
        return result

    def tries(self, told, step):
        return [(one["direction"], one["outcome"])
                for found in told["steps"] if found["step"] == step for one in found["tries"]]


class BoxReport(ReportTest):
    def journal_head(self, run):
        path = os.path.join(self.host, box.STATE, "runs", run, "journal.db")
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as journal:
            return journal.execute(
                "SELECT hash FROM event WHERE kind <> 0 ORDER BY seq DESC LIMIT 1").fetchone()[0].hex()

    def test_no_run_is_no_report(self):
        result = self.run_program("report", "--root", self.host)
        self.assertEqual((result.code, result.out), (2, ""), result)
        self.assertIn("no run", result.err)
        self.go()
        self.command(0, "apply", "box.upg")
        result = self.run_program("report", "2019", "--root", self.host)
        self.assertEqual(result.code, 2, result)
        self.assertIn("there is no run `2019`", result.err)

    def test_committed_and_taken_back(self):
        self.go()
        self.command(0, "apply", "box.upg")
        told, _ = self.report()
        self.assertEqual((told["verdict"], told["state"]), ("done: v2.0.0 is in place", "committed"))
        self.assertEqual(self.tries(told, "switch/2"), [("forward", "applied")])
        self.assertEqual((told["downtime_promised_ms"], told["estimates"]["window_ms"]),
                         (300_000, 3_600_000))
        self.assertEqual(told["journal_head"], self.journal_head(told["run"]))
        ends = [one["end_ms"] for step in told["steps"] for one in step["tries"]]
        self.assertTrue(all(0 <= end <= told["took_ms"] + 1000 for end in ends), ends)
        self.command(0, "rollback")
        told, page = self.report(told["run"][:15])
        self.assertEqual(told["verdict"], "rolled back: v1.0.0 is there as it was before")
        self.assertEqual(told["cause"], "asked for after the commit")
        self.assertEqual(self.tries(told, "switch/2"), [("forward", "applied"), ("back", "reverted")])
        self.assertIn("turns back", page.text)

    def test_a_runner_that_died(self):
        process = self.start_program("apply", "box.upg", "--root", self.host, "--yes")
        self.wait_for_step()
        told, page = self.report()
        self.assertEqual((told["verdict"], told["running"]),
                         ("unfinished: a runner is at work", True))
        self.assertEqual(self.tries(told, "switch/2"), [("forward", "open")])
        self.kill_runner()
        process.communicate(timeout=30)
        told, page = self.report()
        self.assertEqual(told["verdict"], "unfinished: nobody works on it")
        self.assertEqual(page.count("unended"), 1)
        self.go()
        self.command(0, "resume")
        told, _ = self.report()
        self.assertEqual(self.tries(told, "switch/2"),
                         [("forward", "interrupted"), ("forward", "applied")])

    def test_damaged(self):
        self.go()
        self.command(0, "apply", "box.upg")
        run = self.runs()[-1]["run"]
        with open(os.path.join(self.host, box.STATE, "runs", run, "package.zip"), "r+b") as file:
            file.truncate(100)
        told, page = self.report(code=8)
        self.assertTrue(told["damage"])
        self.assertIn(told["damage"], page.text)
        self.assertEqual((told["steps"], page.count("try")), ([], 0))

    def test_a_file_that_cannot_be_written(self):
        self.go()
        self.command(0, "apply", "box.upg")
        result = self.run_program("report", "--root", self.host, "-o", "no/such/folder/r.html")
        self.assertEqual(result.code, 5, result)

    def test_what_is_said_by_others_is_text(self):
        spec = box.SPEC
        spec = spec.replace("/var/lib/box/went", f"/var/lib/box/{HOSTILE}").replace(
            "  window ", f"  ticket \"{HOSTILE}\"\n  window ").replace(
            "  switch {", "  approvals ops\n  switch {").replace(
            "/// Waits", "people ops\n\n/// Waits")
        box.write(self.spec, spec)
        self.go()
        self.command(0, "apply", "box.upg", "--approve", f"ops={HOSTILE}\u202e")
        told, page = self.report()
        self.assertEqual((told["ticket"], told["approvals"][0]["role"]), (HOSTILE, "ops"))
        self.assertTrue(told["approvals"][0]["by"].startswith(HOSTILE), told["approvals"])
        # Of the title, the box, the ticket, the approval; what turns text around is no text.
        self.assertGreaterEqual(page.text.count("<script>&'"), 4)
        self.assertNotIn("\u202e", page.text)


class Leftovers(ReportTest):
    def setUp(self):
        super().setUp()
        spec = box.SPEC.replace("wait_for_go(tool: Path, file: Path) {",
                                "stubborn(tool: Path, file: Path) {")
        spec = spec.replace("wait_for_go(", "stubborn(").replace(
            'contains: "2.0.0"', 'contains: "never"')
        box.write(self.spec, spec)
        box.write(os.path.join(self.host, "usr/lib/box/wait"), """\
#!/bin/sh
file=$ROOT$2
case $1 in
  do) : > "$file"; echo ours > "$ROOT/opt/box-2/boxd" ;;
  undo) echo "it is <jammed>"; exit 1 ;;
  observe) if [ -e "$file" ]; then exit 0; else exit 1; fi ;;
esac
""", 0o755)

    def test_what_is_left_over_what_drifted_and_what_a_person_settled(self):
        self.command(4, "apply", "box.upg")
        told, page = self.report()
        self.assertEqual(told["verdict"], "the rollback is incomplete: 1 step needs a person")
        [leftover] = told["leftovers"]
        self.assertEqual((leftover["step"], leftover["state"]), ("switch/2", "stuck"))
        self.assertIn("it is <jammed>", page.text)
        self.assertEqual(self.tries(told, "switch/2"), [("forward", "applied"), ("back", "stuck")])
        self.assertEqual(self.tries(told, "verify/1"), [("forward", "failed")])
        self.assertEqual([one["step"] for one in told["drift"]], ["prepare/1"])
        os.remove(os.path.join(self.host, "var/lib/box/went"))
        result = self.run_program("resolve", "switch/2", "--as", "reverted", "--because", "<by> hand",
                                  "--root", self.host, "--yes")
        self.assertEqual(result.code, 0, result)
        self.command(3, "resume")
        told, page = self.report()
        self.assertEqual(told["verdict"], "rolled back: v1.0.0 is there as it was before")
        self.assertEqual([one["step"] for one in told["settled"]], ["switch/2"])
        self.assertIn("<by> hand", page.text)


class Hops(ReportTest):
    def test_several_hops_are_one_report(self):
        shutil.rmtree(self.host)
        example = os.path.join(TOP, "examples/relay")
        subprocess.run([os.path.join(example, "make_host.sh"), self.host], check=True)
        self.command(0, "apply", os.path.join(example, "relay.upg"))
        told, page = self.report()
        self.assertGreaterEqual(len(told["hops"]), 3)
        self.assertEqual({step["hop"] for step in told["steps"]}, set(range(len(told["hops"]))))
        for hop in told["hops"]:
            self.assertIn(f"switch to v{hop['to']}", page.text)


class Large(ReportTest):
    STEPS = 10_000

    def test_ten_thousand_steps(self):
        spec = box.SPEC.replace('    wait_for_go("/usr/lib/box/wait", "/var/lib/box/went")\n', "")
        steps = "".join(f'      files.remove("/var/lib/box/{i}")\n' for i in range(self.STEPS))
        spec = spec.replace("  switch {\n", "  switch {\n    parallel {\n" + steps + "    }\n")
        box.write(self.spec, spec.replace('contains: "2.0.0"', 'contains: "never"'))
        self.command(3, "apply", "box.upg")
        result = self.run_program("report", "--root", self.host, "--format", "json")
        told = json.loads(result.out)
        SCHEMA.validate(told)
        self.assertEqual(len(told["steps"]), self.STEPS + 4)
        result = self.run_program("report", "--root", self.host)
        page = Page(result.out)
        self.assertLess(len(result.out), 2 << 20)
        self.assertEqual(sum(name.startswith("time-") for name in page.ids), 500)
        self.assertEqual(sum(name.startswith("step-") for name in page.ids), 2000 + 2)
        self.assertIn("500 of 10004 steps", page.text)
        # What failed is shown whatever is left out.
        self.assertTrue({f"step-{self.STEPS + 3}", f"time-{self.STEPS + 3}"} <= set(page.ids))


if __name__ == "__main__":
    unittest.main(verbosity=2)
