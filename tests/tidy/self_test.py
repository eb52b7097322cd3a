#!/usr/bin/python3
"""The checks of this folder against a tree that breaks every rule once: each fault is found, at its
place, and nothing else is."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_layers  # noqa: E402
import check_reliability  # noqa: E402
import check_tidy  # noqa: E402

FIXTURE = pathlib.Path(__file__).parent / "fixture"


class Layers(unittest.TestCase):
    def test_each_fault_is_found(self):
        faults, _, _ = check_layers.check(FIXTURE)
        found = [fault.split(":")[0:2] for fault in faults]
        self.assertEqual(found, [
            ["base/low.cpp", "1"],      # base includes plan
            ["base/low.cpp", "3"],      # sqlite3 belongs to plan
            ["the includes", " a cycle"],
        ], faults)
        self.assertIn("does not allow it `plan`", faults[0])
        self.assertIn("`sqlite3` belongs to `plan`", faults[1])
        self.assertIn("base -> plan -> base", faults[2])

    def test_a_cycle_in_the_list_is_found(self):
        self.assertEqual(check_layers.find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}),
                         ["b", "c", "b"])
        self.assertIsNone(check_layers.find_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}))

    def test_a_name_that_is_no_folder_is_found(self):
        layers = check_layers.Layers("base:\nplan: bsae\nnonsense\noutside:\n  curl: nowhere\n")
        self.assertEqual(len(layers.faults), 3, layers.faults)

    def test_the_longest_folder_counts(self):
        layers = check_layers.Layers("plan:\nruntime/env:\n")
        self.assertEqual(layers.folder_of("plan/checks/check.h"), "plan")
        self.assertEqual(layers.folder_of("runtime/env/files.h"), "runtime/env")
        self.assertIsNone(layers.folder_of("runtime/steps/x.h"))


class Tidy(unittest.TestCase):
    def test_each_fault_is_found(self):
        faults, _ = check_tidy.check(FIXTURE)
        expected = [
            ("base/later.cpp:1", "leave the word out"),
            ("base/low.cpp:2", "not a file from the repository root"),
            ("base/low.cpp:8", "std::regex"),
            ("base/low.cpp:9", "system()"),
            ("base/low.cpp:9", "rand()"),
            ("plan/high.h:1", "#pragma once"),
            ("plan/long.cpp:", "601 lines"),
            ("tests/golden/diagnostics/silent:", "no case that prints"),
            ("tests/golden/diagnostics/forgotten:", "no case that prints"),
            ("tests/golden/diagnostics/unheard-check:", "no case that prints"),
            ("tests/golden/diagnostics/nobodys:", "no diagnostic and no check"),
        ]
        self.assertEqual(len(faults), len(expected), faults)
        for place, text in expected:
            self.assertTrue(any(fault.startswith(place) and text in fault for fault in faults),
                            f"{place} {text} not in {faults}")

    def test_texts_and_comments_are_no_code(self):
        blank = check_tidy.blank_comments_and_texts('a("system(x)"); // rand()\n/* rand(\n */ b')
        self.assertNotIn("system", blank)
        self.assertNotIn("rand", blank)
        self.assertEqual(blank.count("\n"), 2)
        self.assertTrue(blank.endswith("b"))


class Reliability(unittest.TestCase):
    def test_each_fault_is_found(self):
        faults, row_count, name_count = check_reliability.check(FIXTURE / "reliability")
        page = "docs/reliability.md"
        first = 31  # the line of the first bad row
        self.assertEqual(faults, [
            f"{page}:{first}: there is no test `unit/x: gone`",
            f"{page}:{first + 1}: there is no test `unit/x: never compiled`",
            f"{page}:{first + 2}: there is no test `system: alone test_one`",
            f"{page}:{first + 3}: there is no test `system: unheard test_three`",
            *(f"{page}:{first + 4}: there is no test `{name}`" for name in (
                "scenario: gone", "mutants: gone", "golden: diagnostics gone",
                "fuzz: replay gone", "crash: gone")),
            f"{page}:{first + 5}: shown, and no test is named",
            f"{page}:{first + 6}: not built, and a test is named",
            f"{page}:{first + 7}: shown, and something is missing",
            f"{page}:{first + 8}: no test yet, and nothing is missing",
            f"{page}:{first + 9}: `perhaps` is none of shown, in part, no test yet, not built",
            f"{page}:{first + 10}: 4 cells, not 5",
            f"{page}: the numbers of `Bad` do not go from 1 to 10",
            "runtime/rollback/recovery_table.cpp: `back applied before` has no row in "
            "docs/reliability.md",
            f"{page}: the counts of `Bad` are 7 0 1 1 9",
            f"{page}: the counts of `all` are 16 1 2 2 21",
            f"{page}: it does not say `Of 21 rows 16 are shown and 1 in part; 2 have no test yet, "
            "2 are not built.`",
        ])
        self.assertEqual((row_count, name_count), (21, 23))


if __name__ == "__main__":
    unittest.main()
