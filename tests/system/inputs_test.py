"""Inputs: what differs from site to site is given when a spec is compiled, and settled in a package."""

import json
import os
import unittest

import box

# The spec of all these tests, with the release's file as an input.
SPEC = box.SPEC.replace("upgrade v", 'input leftover: Path = "/srv/none"\n\nupgrade v', 1).replace(
    "  prepare {", "  prepare {\n    files.remove(leftover)", 1)


class Inputs(box.BoxTest):
    def setUp(self):
        super().setUp()
        with open(self.spec, "w", encoding="utf-8") as file:
            file.write(SPEC)
        for name in ("north", "go"):
            with open(os.path.join(self.host, name), "w", encoding="utf-8") as file:
                file.write("left\n")

    def inputs_of(self, *arguments):
        result = self.run_program("plan", "--format", "json", *arguments)
        self.assertEqual(result.code, 0, result)
        return json.loads(result.out)["plan"]["inputs"]

    def test_a_package_carries_what_was_given(self):
        self.assertEqual(self.inputs_of("box.upg"),
                         [{"name": "leftover", "value": '"/srv/none"', "is_default": True}])
        result = self.run_program("pack", "box.upg", "--set", "leftover=/north", "-o", "north.zip")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.inputs_of("north.zip"),
                         [{"name": "leftover", "value": '"/north"', "is_default": False}])
        result = self.run_program("plan", "north.zip")
        self.assertIn('leftover = "/north"', result.out)
        result = self.run_program("apply", "north.zip", "--root", self.host, "--yes",
                                  "--foreground")
        self.assertEqual(result.code, 0, result)
        self.assertFalse(os.path.exists(os.path.join(self.host, "north")))

    def test_a_package_takes_nothing_more(self):
        self.assertEqual(self.run_program("pack", "box.upg", "-o", "box.zip").code, 0)
        for command in ("plan", "apply"):
            for given in (("--set", "leftover=/x"), ("--inputs", "box.upg")):
                result = self.run_program(command, "box.zip", *given, "--root", self.host)
                self.assertEqual(result.code, 2, result)
                self.assertIn("fixed when it was packed", result.err)

    def test_a_file_of_inputs_is_text_of_the_language(self):
        with open(os.path.join(self.folder, "north.upg"), "w", encoding="utf-8") as file:
            file.write('let leftover = "/north"\n')
        self.assertEqual(self.run_program("fmt", "--check", "north.upg").code, 0)
        self.assertEqual(self.inputs_of("box.upg", "--inputs", "north.upg")[0]["value"], '"/north"')
        result = self.run_program("check", "box.upg", "--set", "leftovr=/x")
        self.assertEqual(result.code, 1, result)
        self.assertIn("--set:1:5: error: the spec has no input `leftovr`", result.err)
        self.assertIn("leftover", result.err)


if __name__ == "__main__":
    unittest.main(argv=["inputs_test"], verbosity=2)
