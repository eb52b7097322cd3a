"""upgraph check --fix: what has one answer is mended, in the file."""

import json
import os
import stat
import unittest

import box

WRONG = box.SPEC.replace("import std.files\n", "// why\nimport std.config\n").replace(
    "  prepare {", "  prepair {", 1)


class Fix(box.BoxTest):
    def setUp(self):
        super().setUp()
        with open(self.spec, "w", encoding="utf-8") as file:
            file.write(WRONG)
        os.chmod(self.spec, 0o640)

    def read(self):
        with open(self.spec, encoding="utf-8") as file:
            return file.read()

    def test_the_file_is_mended_and_checked_again(self):
        result = self.run_program("check", "--fix", "box.upg")
        self.assertEqual(result.code, 0, result)
        self.assertIn("fixed box.upg:", result.out)
        self.assertIn("module `files` is not imported [unknown-name]", result.out)
        self.assertIn("there is no phase `prepair`", result.out)
        self.assertIn("good: box: ", result.out)
        text = self.read()
        self.assertTrue(text.startswith("// why\nimport std.files\nimport std.config\n"), text)
        self.assertEqual(stat.S_IMODE(os.stat(self.spec).st_mode), 0o640)
        self.assertEqual(self.run_program("fmt", "--check", "box.upg").code, 0)
        self.assertEqual(self.run_program("check", "box.upg").code, 0)
        inode = os.stat(self.spec).st_ino
        result = self.run_program("check", "--fix", "box.upg")
        self.assertIn("nothing to fix", result.out)
        self.assertEqual(os.stat(self.spec).st_ino, inode)

    def test_a_dry_run_shows_the_difference_and_changes_nothing(self):
        result = self.run_program("check", "--fix", "--dry-run", "box.upg")
        self.assertEqual(result.code, 1, result)
        self.assertIn("would fix box.upg:", result.out)
        self.assertIn("\n+import std.files\n", result.out)
        self.assertIn("fixes; 0 errors, 0 warnings would be left", result.out)
        self.assertEqual(self.read(), WRONG)
        self.assertEqual(self.run_program("check", "--dry-run", "box.upg").code, 2)

    def test_what_a_person_must_decide_is_left(self):
        with open(self.spec, "w", encoding="utf-8") as file:
            file.write(WRONG.replace("takes    1s", "takes    1h"))
        result = self.run_program("check", "--fix", "--format", "json", "box.upg")
        self.assertEqual(result.code, 1, result)
        said = json.loads(result.out)
        self.assertEqual({fix["name"] for fix in said["fixes"]}, {"unknown-name", "unknown-phase"})
        self.assertTrue(said["is_written"])
        self.assertIn("downtime-fits", [found["name"] for found in said["diagnostics"]])
        self.assertIn("takes    1h", self.read())

    def test_standard_input_and_a_file_that_cannot_be_written(self):
        result = self.run_program("check", "--fix", "-")
        self.assertEqual(result.code, 2, result)
        self.assertIn("standard input", result.err)
        result = self.run_program("check", "--fix", "none.upg")
        self.assertEqual(result.code, 1, result)
        self.assertIn("none.upg", result.err)


if __name__ == "__main__":
    unittest.main()
