"""upgraph fmt: files, folders and standard input, and what becomes of them."""

import json
import os
import stat
import unittest

import box

WILD = "import   std.files\nproduct box {\n versions semver // how\n}\n"
NEAT = "import std.files\nproduct box {\n  versions semver  // how\n}\n"
WRONG = "product box {\n  versions = \n"


class Fmt(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.folder, "specs/deep/wild.upg")
        box.write(self.file, WILD, 0o640)

    def read(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()

    def test_a_file_is_rewritten_once(self):
        result = self.run_program("fmt", self.file)
        self.assertEqual((result.code, result.out), (0, f"formatted {self.file}\n"), result)
        self.assertEqual(self.read(self.file), NEAT)
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o640)
        before = os.stat(self.file)
        result = self.run_program("fmt", self.file)
        self.assertEqual((result.code, result.out), (0, ""), result)
        self.assertIn("nothing to change", result.err)
        self.assertEqual(os.stat(self.file).st_mtime_ns, before.st_mtime_ns)
        self.assertEqual(os.stat(self.file).st_ino, before.st_ino)

    def test_check_says_what_would_change_and_changes_nothing(self):
        result = self.run_program("fmt", "--check", "specs")
        self.assertEqual(result.code, 1, result)
        self.assertIn("would format specs/deep/wild.upg\n", result.out)
        self.assertIn("-import   std.files\n", result.out)
        self.assertIn("+import std.files\n", result.out)
        self.assertEqual(self.read(self.file), WILD)
        self.run_program("fmt", "specs")
        self.assertEqual(self.run_program("fmt", "--check", "specs").code, 0)

    def test_line_ends_of_another_system(self):
        with open(self.file, "w", encoding="utf-8", newline="") as file:
            file.write(WILD.replace("\n", "\r\n"))
        self.assertEqual(self.run_program("fmt", "specs").code, 0)
        self.assertEqual(self.read(self.file), NEAT)

    def test_a_syntax_error_is_said_as_check_says_it(self):
        box.write(self.spec, WRONG)
        result = self.run_program("fmt", "box.upg", "specs")
        self.assertEqual(result.code, 1, result)
        said = self.run_program("check", "box.upg").err
        self.assertIn("[unbalanced-bracket]", said)
        self.assertEqual(result.err.split("2 files")[0], said.split("1 error")[0])
        self.assertEqual(self.read(self.spec), WRONG)
        self.assertEqual(self.read(self.file), NEAT)  # the others are formatted all the same

    def test_what_does_not_hold_is_formatted_all_the_same(self):
        box.write(self.spec, "let a = nothing( )\n")
        self.assertEqual(self.run_program("fmt", "box.upg").code, 0)
        self.assertEqual(self.read(self.spec), "let a = nothing()\n")

    def test_standard_input(self):
        result = self.run_program("fmt", "-", stdin=WILD)
        self.assertEqual((result.code, result.out, result.err), (0, NEAT, ""), result)
        result = self.run_program("fmt", "-", stdin=WRONG)
        self.assertEqual((result.code, result.out), (1, ""), result)
        self.assertIn("<standard input>:1:13: error:", result.err)
        self.assertEqual(self.run_program("fmt", "--check", "-", stdin=NEAT).code, 0)
        result = self.run_program("fmt", "--check", "-", stdin=WILD)
        self.assertEqual(result.code, 1, result)
        self.assertIn("would format <standard input>\n", result.out)
        self.assertEqual(self.run_program("fmt", "-", "box.upg", stdin=WILD).code, 2)

    def test_json(self):
        box.write(os.path.join(self.folder, "specs/wrong.upg"), WRONG)
        result = self.run_program("fmt", "--check", "--format", "json", "specs")
        answer = json.loads(result.out)
        self.assertEqual((result.code, answer["exit_code"], answer["command"]), (1, 1, "fmt"))
        states = {file["path"]: file["state"] for file in answer["files"]}
        self.assertEqual(states, {"specs/deep/wild.upg": "would_change", "specs/wrong.upg": "wrong"})
        self.assertEqual(answer["files"][1]["diagnostics"][0]["name"], "unbalanced-bracket")
        answer = json.loads(self.run_program("fmt", "--format", "json", "-", stdin=WILD).out)
        self.assertEqual(answer["files"][0]["text"], NEAT)

    def test_what_is_not_there(self):
        result = self.run_program("fmt", "none.upg")
        self.assertEqual(result.code, 1, result)
        self.assertIn("there is no file `none.upg`", result.err)
        os.makedirs(os.path.join(self.folder, "empty"))
        result = self.run_program("fmt", "empty")
        self.assertEqual(result.code, 1, result)
        self.assertIn("there is no `.upg` file below `empty`", result.err)
        self.assertEqual(self.run_program("fmt").code, 2)

    def test_a_link_stays_one(self):
        link = os.path.join(self.folder, "link.upg")
        os.symlink(self.file, link)
        self.assertEqual(self.run_program("fmt", link).code, 0)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(self.read(self.file), NEAT)


if __name__ == "__main__":
    unittest.main()
