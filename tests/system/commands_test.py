"""What each command prints and returns, in a pipe and for machines."""

import json
import os
import re
import time
import unittest

import box


MODULE = """\
/// Queues.

/// The longest that one may take.
let patience = 30s

/// A queue.
resource queue(name: String)

/// Twice as much.
function twice(value: Int) : Int = value * 2

/// Stops a queue.
step pause(
  /// Which one.
  name: String
) {
  phase    switch
  writes   queue(name)
  reverses by compensation
  takes    2s
  do       ["/usr/lib/shop/pause", name]
  undo     ["/usr/lib/shop/resume", name]
}
"""

MODULE_REFERENCE = """\
# queue

Queues.

## Values

### queue.patience

The longest that one may take.

```upg
let patience = 30s
```

## Steps and more

### queue

A queue.

```upg
resource queue(name: String)
```

### queue.twice

Twice as much.

```upg
function twice(value: Int) : Int = value * 2
```

### queue.pause

Stops a queue.

```upg
step pause(
  /// Which one.
  name: String
)
  phase    switch
  writes   queue(name)
  reverses by compensation
  takes    2s
  do       ["/usr/lib/shop/pause", name]
  undo     ["/usr/lib/shop/resume", name]
```
"""


class Commands(box.BoxTest):
    def good(self, *arguments, **options):
        result = self.run_program(*arguments, **options)
        self.assertEqual(result.code, 0, result)
        self.assertNotIn("\x1b", result.out + result.err, "colour in a pipe")
        return result

    def answer(self, code, *arguments):
        result = self.run_program(*arguments, "--format", "json")
        self.assertEqual(result.code, code, result)
        json_answer = json.loads(result.out)
        for member in ("command", "exit_code", "reason", "retry", "run"):
            self.assertIn(member, json_answer)
        self.assertEqual(json_answer["exit_code"], code)
        return json_answer

    def test_check(self):
        self.assertRegex(self.good("check", "box.upg").out, r"^good: box: .* 5 steps;")
        self.assertEqual(self.good("check", "-", stdin=box.SPEC).out,
                         self.good("check", "box.upg").out)
        answer = self.answer(0, "check", "box.upg")
        self.assertEqual((answer["diagnostics"], answer["plan"]["steps"]), ([], 5))
        box.write(self.spec, box.SPEC.replace("files.link(", "files.lnk("))
        answer = self.answer(1, "check", "box.upg")
        self.assertEqual(answer["plan"], None)
        line = box.SPEC[:box.SPEC.index("files.link(")].count("\n") + 1
        self.assertEqual(answer["diagnostics"][0]["line"], line)

    def test_graph_matrix_paths(self):
        dot = self.good("graph", "box.upg").out
        self.assertRegex(dot, r'^digraph "box: ')
        self.assertEqual(dot.count("{"), dot.count("}"))
        self.assertIn(" -> ", dot)
        self.good("graph", "box.upg", "--as", "mermaid", "-o", "box.mmd")
        with open(os.path.join(self.folder, "box.mmd"), encoding="utf-8") as file:
            self.assertIn("flowchart TD", file.read())
        self.assertIn("### files.install", self.good("docs", "files").out)
        self.assertIn("there are std.certs", self.run_program("docs", "nothing").err)
        box.write(os.path.join(self.folder, "helpers/queue.upg"), MODULE)
        self.assertEqual(self.good("docs", "helpers/queue.upg").out, MODULE_REFERENCE)
        self.assertIn("# box\n\n```upg\nversions   semver\n", self.good("docs", "box.upg").out)
        box.write(os.path.join(self.folder, "helpers/queue.upg"), "step pause {}\n")
        result = self.run_program("docs", "helpers/queue.upg")
        self.assertEqual((result.code, result.out), (1, ""), result)
        self.assertIn("[syntax-error]", result.err)
        self.assertNotEqual(self.good("graph", "box.upg", "--back").out, dot)
        self.assertEqual(self.run_program("graph", "box.upg", "--as", "png").code, 2)
        self.assertEqual(self.good("matrix", "box.upg").out, "the spec has no configuration\n")
        self.assertEqual(self.answer(0, "matrix", "box.upg")["changes"], [])
        self.assertRegex(self.good("paths", "box.upg").out, r"(?m)^v1\.0\.0 +-> v2\.0\.0 +downtime 3s +window 1h$")
        self.assertRegex(self.good("paths", "box.upg", "--from", "v2.0.0").out, "already there")
        self.assertEqual(self.answer(0, "paths", "box.upg", "--from", "0.1.0")["paths"][0]["path"],
                         "no-path")
        self.answer(2, "paths", "box.upg", "--from", "new")

    def test_without_code(self):
        box.write(self.spec, box.SPEC.replace("import std.files", "import std.files\nimport std.host")
                  .replace("  switch {\n", "  switch {\n    host.manual(\"move the cable\", "
                           "undo: \"move it back\", within: 1m)\n"))
        self.good("check", "box.upg")
        self.assertIn("no code for host.manual: `apply` refuses", self.good("plan", "box.upg").out)
        self.assertEqual(self.answer(0, "plan", "box.upg")["plan"]["without_code"],
                         [{"step": "switch/1", "native": "host.manual"}])
        before = box.snapshot(self.host)
        result = self.run_program("apply", "box.upg", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 5, result)
        self.assertIn("`switch/1`: this program has no code for `host.manual`", result.out + result.err)
        self.assertEqual(box.snapshot(self.host), before)
        self.assertIn("**No code in this program:**", self.good("docs", "host").out)
        self.assertNotIn("**No code in this program:**", self.good("docs", "files").out)

    def test_levels(self):
        box.write(self.spec, box.SPEC.replace("upgrade v", "config spare = config.ini(\"/etc/s\") {\n"
                                              "  a : String\n}\n\nupgrade v", 1)
                  .replace("import std.files", "import std.config\nimport std.files", 1)
                  .replace("  downtime", "  allow lock-bounded because \"tried\"\n  downtime", 1))
        self.assertIn("1 warning", self.good("check", "box.upg").out)
        self.assertNotIn("warning", self.good("check", "-Wno-unused-allow", "box.upg").out)
        result = self.run_program("check", "-Werror", "box.upg")
        self.assertEqual((result.code, "error: `lock-bounded`" in result.err), (1, True), result)
        self.assertEqual(self.run_program("pack", "-W", "error=unused-allow", "box.upg").code, 1)
        self.assertEqual(self.run_program("check", "-Wall", "box.upg").code, 2)
        matrix = self.good("matrix", "box.upg").out
        self.assertRegex(matrix, r"^spare +a +String +always")

    def test_check_dumps_stages(self):
        for stage in ("ast", "sema", "plan"):
            self.assertIn("files", self.good("check", f"--dump={stage}", "box.upg").out)

    def test_plan(self):
        out = self.good("plan", "box.upg").out
        places = [out.index(text) for text in (
            "prepare/1  files.install", "switch/1  files.link", "switch/2  wait_for_go",
            "switch/3  files.install", "verify/1  files.expect")]
        self.assertEqual(places, sorted(places))
        self.assertIn("writes file(/opt/box)", out)
        self.assertIn("back exactly, in", out)
        self.assertIn("back by compensation, in 1s", out)
        self.assertNotIn("host ", out)
        on_host = self.good("plan", self.pack(), "--root", self.host).out
        self.assertIn("1.0.0 -> 2.0.0", on_host)
        answer = self.answer(0, "plan", "box.upg", "--root", self.host)
        self.assertEqual(answer["plan"]["host"]["installed"], "1.0.0")
        self.assertEqual([step["path"] for step in answer["plan"]["steps"]],
                         ["prepare/1", "switch/1", "switch/2", "switch/3", "verify/1"])

    def test_the_same_spec_gives_the_same_package(self):
        with open(self.pack(), "rb") as file:
            first = file.read()
        os.utime(os.path.join(self.folder, "payload/release"), (1, 1))
        os.chmod(os.path.join(self.folder, "payload/release"), 0o600)
        self.good("pack", "box.upg", "-o", "again.zip",
                  env={**os.environ, "TZ": "Pacific/Auckland", "LC_ALL": "C"})
        with open(os.path.join(self.folder, "again.zip"), "rb") as file:
            self.assertEqual(file.read(), first)
        os.chmod(os.path.join(self.folder, "payload/release"), 0o755)
        self.good("pack", "box.upg", "-o", "again.zip")
        with open(os.path.join(self.folder, "again.zip"), "rb") as file:
            self.assertNotEqual(file.read(), first)

    def test_pack_leaves_no_half_file(self):
        result = self.run_program("pack", "box.upg", "-o", "no/such/folder.zip")
        self.assertEqual(result.code, 5, result)
        self.assertEqual(sorted(os.listdir(self.folder)), ["box.upg", "host", "payload"])

    def test_apply_in_a_pipe_is_one_line_for_each_thing(self):
        self.go()
        lines = self.good("apply", self.pack(), "--root", self.host).out.splitlines()
        for step, result in (("prepare/1", "applied"), ("switch/1", "applied"),
                             ("switch/2", "applied"), ("switch/3", "applied"),
                             ("verify/1", "holds")):
            found = [line for line in lines
                     if re.match(rf"forward +{result} +{step}  .*\(\d+(ms|\.\ds)\)$", line)]
            self.assertEqual(len(found), 1, lines)
        self.assertTrue(lines[-1].startswith("done: "), lines)

    def test_apply_a_spec_on_the_spot(self):
        self.go()
        out = self.good("apply", "box.upg", "--root", self.host).out
        self.assertIn("spec box.upg, not signed", out)
        self.assertEqual(self.release(), "2.0.0")

    def test_apply_for_machines_is_one_object_a_line(self):
        self.go()
        for options in ([], ["--foreground"]):
            result = self.run_program("apply", self.pack(), "--root", self.host, "--format",
                                      "json", *options)
            self.assertEqual(result.code, 0, result)
            events = [json.loads(line) for line in result.out.splitlines()]
            self.assertEqual(events[-1]["event"], "final")
            self.assertEqual(events[-1]["exit_code"], 0)
            self.assertEqual(events[-1]["run"], events[0]["run"])
            applied = [event["step"] for event in events if event["event"] == "applied"]
            self.assertEqual(applied, ["prepare/1", "switch/1", "switch/2", "switch/3",
                                       "verify/1"])
            back = self.run_program("rollback", "--root", self.host)
            self.assertEqual(back.code, 0, back)
            self.assertEqual(self.release(), "1.0.0")

    def test_status_and_history(self):
        self.assertEqual(self.good("status", "--root", self.host).out, "no run yet\n")
        self.assertFalse(os.path.exists(os.path.join(self.host, box.STATE)),
                         "looking must not make a state folder")
        self.go()
        self.good("apply", self.pack(), "--root", self.host)
        out = self.good("status", "--root", self.host).out
        self.assertIn("box 1.0.0 -> 2.0.0", out)
        self.assertRegex(out, r"(?m)^  applied  switch/3 ")
        answer = self.answer(0, "status", "--root", self.host)
        self.assertFalse(answer["running"])
        self.assertEqual(answer["current"]["state"], "committed")
        run = self.runs()[0]
        self.assertEqual((run["from"], run["to"], run["finished"]), ("1.0.0", "2.0.0", True))
        one = self.good("history", run["run"][:-1], "--root", self.host).out
        self.assertRegex(one, r"(?m)captured +switch/1 .*\n.*applied +switch/1 ")
        answer = self.answer(0, "history", run["run"], "--root", self.host)
        self.assertEqual(answer["records"][0]["record"], "run-open")
        self.assertIn("committed", [record["record"] for record in answer["records"]])
        self.answer(2, "history", "nonsense", "--root", self.host)

    def test_status_never_disturbs_a_run(self):
        package = self.pack()
        run = self.start_program("apply", package, "--root", self.host)
        self.wait_for_step()
        for _ in range(20):
            answer = self.answer(0, "status", "--root", self.host)
            self.assertTrue(answer["running"])
            self.assertEqual(answer["runner"]["pid"], self.runner_pid())
            states = {step["step"]: step["state"] for step in answer["current"]["steps"]}
            self.assertEqual((states["switch/1"], states["switch/2"], states["switch/3"]),
                             ("applied", "captured", "pending"))
            self.good("history", "--root", self.host)
        self.go()
        out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0, out + err)

    def test_a_failure_turns_everything_back(self):
        before = box.snapshot(self.host)
        box.write(self.spec, box.SPEC.replace('contains: "2.0.0"', 'contains: "9.9.9"'))
        self.go()
        result = self.run_program("apply", "box.upg", "--root", self.host)
        self.assertEqual(result.code, 3, result)
        self.assertRegex(result.out, r"(?m)^forward +failed +verify/1 ")
        self.assertRegex(result.out, r"(?m)^back +reverted +switch/3 ")
        self.assertRegex(result.out, r"(?m)^rolled back: ")
        self.assertEqual(box.snapshot(self.host), before)

    def test_explain(self):
        out = self.good("explain").out
        self.assertRegex(out, r"(?m)^  unordered-conflict  ")
        self.assertIn("Bad:", self.good("explain", "downtime-fits").out)
        result = self.run_program("explain", "downtime-fit")
        self.assertEqual(result.code, 2, result)
        self.assertIn("did you mean `downtime-fits`?", result.err)
        self.assertEqual(self.answer(0, "explain", "downtime-fits")["check"], "downtime-fits")
        self.assertIn("a literal of it", self.good("explain", "wrong-type").out)
        self.assertEqual(self.answer(0, "explain", "stray-doc")["diagnostic"], "stray-doc")

    def test_usage(self):
        for arguments in ([], ["aply", "x.zip"], ["apply"], ["check", "a", "--format", "xml"]):
            result = self.run_program(*arguments)
            self.assertEqual((result.code, result.out), (2, ""), result)
        self.assertIn("did you mean `apply`?", self.run_program("aply", "x.zip").err)
        self.assertRegex(self.good("--version").out, r"^upgraph \d+\.\d+\.\d+\n$")
        self.assertIn("exit codes:", self.good("--help").out)

    def test_check_is_quick(self):
        begin = time.monotonic()
        self.good("check", "box.upg")
        self.assertLess(time.monotonic() - begin, 10)


if __name__ == "__main__":
    unittest.main()
