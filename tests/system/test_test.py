"""upgraph test: what it prints, its reports, and its exit codes."""

import json
import os
import unittest
import xml.etree.ElementTree as xml

import box

SPEC = """import std.files

product box {
  installed files.first_line("/etc/box/release")
  releases  v1.0.0, v2.0.0
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  downtime 1h
  switch {
    tree: files.install("payload/that/is/not/there", to: "/opt/box")
    files.remove("/srv/<old>")
  }
  verify { health: files.expect("/run/box/health") }
}

test "it gets there" {
  given installed v1.0.0
  then  done, "/opt/box" changed
}

test "it comes back & nothing is left" {
  given installed v1.0.0
  when  health fails
  then  rolled_back, reverted [files.remove, tree]
}
"""
FAILING = """
test "a <wish>" {
  given installed v1.0.0
  then  done, "/srv/<old>" unchanged
  then  installed v2.0.0
}
"""
INPUTS = """import std.files

product box {
  installed files.first_line("/etc/box/release")
  releases  v1.0.0, v2.0.0
}

input folders : [Path]

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  downtime 1h
  switch {
    for folder: Path in folders { files.remove(folder) }
    files.install("payload/release", to: "/etc/box/release")
  }
}

test "two folders" {
  given installed v1.0.0, input folders ["/srv/a", "/srv/b"]
  then  done, ran ["switch/1/1/1", "switch/1/2/1"]
}

test "none at all" {
  given installed v1.0.0, input folders []
  then  done, ran only [files.install]
}

test "two again" {
  given installed v1.0.0, input folders ["/srv/a", "/srv/b"]
  when  files.install fails
  then  rolled_back, reverted ["switch/1/2/1", "switch/1/1/1"]
}
"""
WRONG = SPEC.replace("health fails", "helth fails")

# What the schema that CI systems check reports against allows (Jenkins' xUnit plug-in):
# element: required attributes, optional ones, children.
JUNIT = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "disabled", "errors"},
                   {"testsuite"}),
    "testsuite": ({"name", "tests"},
                  {"failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname",
                   "id", "package"},
                  {"properties", "testcase", "system-out", "system-err"}),
    "testcase": ({"name", "classname"}, {"time", "assertions", "status"},
                 {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": (set(), {"message", "type"}, set()),
    "error": (set(), {"message", "type"}, set()),
}


class Test(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.folder, "specs/box.upg")
        box.write(self.file, SPEC)
        self.report = os.path.join(self.folder, "report.xml")

    def judge_junit(self, element):
        """Fails unless the element and all in it are allowed; counts agree with what is there."""
        required, optional, children = JUNIT[element.tag]
        names = set(element.keys())
        self.assertLessEqual(required, names, element.tag)
        self.assertLessEqual(names, required | optional, element.tag)
        for child in element:
            self.assertIn(child.tag, children)
            self.judge_junit(child)
        for name in ("time",):
            if name in names:
                self.assertRegex(element.get(name), r"^\d+\.\d{3}$")
        if element.tag in ("testsuite", "testsuites"):
            self.assertEqual(int(element.get("tests")), len(list(element.iter("testcase"))))
            self.assertEqual(int(element.get("failures")), len(list(element.iter("failure"))))
            self.assertEqual(int(element.get("errors")), len(list(element.iter("error"))))

    def junit(self):
        root = xml.parse(self.report).getroot()
        self.assertEqual(root.tag, "testsuites")
        self.judge_junit(root)
        return root

    def test_tests_that_pass(self):
        result = self.run_program("test", "specs", "--junit", self.report)
        self.assertEqual(result.code, 0, result)
        self.assertTrue(result.out.endswith("2 passed, 0 failed\n"), result)
        self.assertIn("  ok    it gets there  ", result.out)
        suite = self.junit()[0]
        self.assertEqual(suite.get("name"), "specs/box.upg")
        self.assertEqual([case.get("name") for case in suite],
                         ["it gets there", "it comes back & nothing is left"])
        self.assertEqual({case.get("classname") for case in suite}, {"specs.box"})

    def test_a_test_that_fails_says_what_is_so_instead(self):
        box.write(self.file, SPEC + FAILING)
        result = self.run_program("test", self.file, "--junit", self.report)
        self.assertEqual(result.code, 1, result)
        self.assertIn("  FAIL  a <wish>  ", result.out)
        self.assertIn('expected `"/srv/<old>" unchanged`, but `switch/2` changed file(/srv/<old>)',
                      result.out)
        self.assertIn(":30:15: expected", result.out)
        self.assertTrue(result.out.endswith("2 passed, 1 failed\n"), result)
        failure = next(self.junit().iter("failure"))
        self.assertIn("changed file(/srv/<old>)", failure.get("message"))
        self.assertIn("box.upg:30:15", failure.text)

    def test_a_thing_that_a_module_names_is_judged(self):
        box.write(os.path.join(self.folder, "specs/helpers/places.upg"),
                  'let old : Path = "/srv/<old>"\n')
        spec = SPEC.replace("import std.files", "import std.files\nimport helpers.places")
        for words, code in (("done, places.old changed", 0), ("done, places.old unchanged", 1)):
            box.write(self.file, spec + 'test "a place" {\n  given installed v1.0.0\n  then  ' + words
                      + "\n}\n")
            self.assertEqual(self.run_program("test", self.file).code, code, words)
        box.write(self.file, spec + 'test "a place" {\n  given installed v1.0.0\n  when  health fails\n'
                  "  then  rolled_back, places.old reverted\n}\n")
        result = self.run_program("test", self.file)
        self.assertEqual(result.code, 0, result)

    def test_each_test_has_the_inputs_that_it_gives(self):
        box.write(self.file, INPUTS)
        result = self.run_program("test", "specs", "--steps")
        self.assertEqual(result.code, 0, result)
        self.assertEqual([line.split()[1:3] for line in result.out.splitlines() if "ok " in line],
                         [["two", "folders"], ["none", "at"], ["two", "again"]])
        self.assertIn('switch/1/2/1  files.remove("/srv/b")', result.out)
        # What a test gives wins over what is given for all.
        result = self.run_program("test", "specs", "--set", 'folders=["/srv/c"]')
        self.assertEqual(result.code, 0, result)
        # What no default and no test gives is missing, and the spec stands alone for that.
        box.write(self.file, INPUTS + "\ntest \"left out\" {\n  given installed v1.0.0\n"
                  "  then  done\n}\n")
        result = self.run_program("test", "specs")
        self.assertEqual((result.code, "[missing-input]" in result.err), (1, True), result)
        self.assertIn("with the inputs of a later test", result.err)
        self.assertEqual(self.run_program("test", "specs", "--set", "folders=[]").code, 0)

    def test_what_is_given_for_a_folder_need_not_be_of_each_spec(self):
        box.write(os.path.join(self.folder, "specs/other.upg"), INPUTS)
        result = self.run_program("test", "specs", "--set", "folders=[]")
        self.assertEqual((result.code, "5 passed" in result.out), (0, True), result)
        result = self.run_program("test", "specs", "--set", "folder=[]")
        self.assertEqual(result.code, 1, result)
        self.assertIn("none of the specs has an input `folder`", result.err)
        result = self.run_program("test", self.file, "--set", "folders=[]")
        self.assertEqual((result.code, "[unknown-input]" in result.err), (1, True), result)

    def test_a_module_in_a_folder_is_no_spec_that_lacks_something(self):
        module = os.path.join(self.folder, "specs/helpers/places.upg")
        box.write(module, 'let old : Path = "/srv/<old>"\n')
        result = self.run_program("test", "specs", "--junit", self.report)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(len(self.junit()), 1)
        # One that is named is looked at, and so is what holds nothing at all.
        self.assertEqual(self.run_program("test", module).code, 1)
        self.assertEqual(self.run_program("test", "specs", "specs/helpers/places.upg").code, 1)
        box.write(module, "// nothing\n")
        self.assertEqual(self.run_program("test", "specs").code, 1)

    def test_a_step_of_a_module_goes_by_the_name_that_it_is_called_by(self):
        box.write(os.path.join(self.folder, "specs/helpers/places.upg"),
                  "import std.files\n\n/// Clears.\nstep clear(path: Path) {\n  phases   switch\n"
                  "  writes   file(path)\n  reverses by compensation\n  takes    1s\n"
                  '  do       ["rm", path]\n  undo     ["touch", path]\n}\n')
        spec = SPEC.replace("import std.files", "import std.files\nimport helpers.places")
        spec = spec.replace("    tree:", '    places.clear("/srv/a")\n    tree:')
        for name in ("places.clear", "helpers.places.clear"):
            box.write(self.file, spec + 'test "cleared" {\n  given installed v1.0.0\n'
                      f"  then  done, {name} applied, ran [{name}, tree]\n}}\n")
            result = self.run_program("test", self.file)
            self.assertEqual(result.code, 0, result)

    def test_a_spec_that_is_wrong_is_an_error_and_others_are_played(self):
        box.write(os.path.join(self.folder, "specs/wrong.upg"), WRONG)
        result = self.run_program("test", "specs", "--junit", self.report)
        self.assertEqual(result.code, 1, result)
        self.assertIn("did you mean `health`?", result.err)
        self.assertTrue(result.out.endswith("2 passed, 0 failed, 1 error\n"), result)
        error = next(self.junit().iter("error"))
        self.assertIn("[unknown-step]", error.text)

    def test_json(self):
        box.write(self.file, SPEC + FAILING)
        result = self.run_program("test", "--format", "json", self.file)
        self.assertEqual(result.code, 1, result)
        report = json.loads(result.out)
        self.assertEqual((report["command"], report["exit_code"], report["passed"],
                          report["failed"], report["errors"]), ("test", 1, 2, 1, 0))
        tests = report["specs"][0]["tests"]
        self.assertEqual([test["passed"] for test in tests], [True, True, False])
        self.assertEqual(tests[1]["outcome"], "rolled_back")
        self.assertEqual(tests[1]["versions"], ["1.0.0", "2.0.0"])
        self.assertEqual([step["path"] for step in tests[1]["steps"] if step["what"] == "reverted"],
                         ["switch/2", "switch/tree"])
        self.assertEqual(tests[2]["failures"][0]["line"], 30)
        self.assertGreater(tests[0]["simulated_ms"], 0)

    def test_list_and_filter(self):
        result = self.run_program("test", "--list", "specs")
        self.assertEqual((result.code, result.out), (0, "specs/box.upg:17: it gets there\n"
                                                        "specs/box.upg:22: it comes back & nothing"
                                                        " is left\n"), result)
        result = self.run_program("test", "--filter", "comes back", "--steps", "specs")
        self.assertEqual(result.code, 0, result)
        self.assertNotIn("it gets there", result.out)
        self.assertIn("failed    verify/health", result.out)
        self.assertTrue(result.out.endswith("1 passed, 0 failed\n"), result)
        result = self.run_program("test", "--filter", "it gets them", "specs")
        self.assertEqual(result.code, 2, result)
        self.assertIn("did you mean `it gets there`?", result.err)

    def test_standard_input_and_nothing_to_play(self):
        result = self.run_program("test", "-", stdin=SPEC)
        self.assertEqual(result.code, 0, result)
        self.assertIn("<standard input>\n", result.out)
        result = self.run_program("test", "-", stdin=SPEC[:SPEC.index("\ntest")])
        self.assertEqual((result.code, result.out), (0, "no tests\n"), result)

    def test_a_report_that_cannot_be_written_is_no_success(self):
        result = self.run_program("test", "specs", "--junit",
                                  os.path.join(self.folder, "no/such/folder/report.xml"))
        self.assertEqual(result.code, 2, result)

    def test_the_examples(self):
        examples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples")
        result = self.run_program("test", examples)
        self.assertEqual(result.code, 0, result)
        self.assertGreaterEqual(result.out.count("  ok  "), 27)


if __name__ == "__main__":
    unittest.main()
