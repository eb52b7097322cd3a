#!/usr/bin/python3
"""check_reliability.py [ROOT]: docs/reliability*.md names only tests that there are.

 - every test in the column "Shown by" is in the sources and registered with CTest
 - a row that is shown names one and lacks nothing; one that is shown in part names one and says what
   is missing; the others say what is missing
 - the numbers of a table have no gap, and every row of the runtime's recovery table has its row
 - the counts at the top are those of the tables

Exit code 0: the page holds; 1: it does not.
"""
import json
import re
import sys

import report

STATES = ("shown", "in part", "no test yet", "not built")
COLUMNS = ["#", "State", "Shown by", "Missing"]  # the one that says what is meant is named freely
RECOVERY = "runtime/rollback/recovery_table.cpp"

UNIT_CASE = re.compile(r'TEST_CASE\(\s*((?:"(?:\\.|[^"\\])*"\s*)+)')
TEXT = re.compile(r'"((?:\\.|[^"\\])*)"')
REGISTERED = re.compile(r'add_test\(NAME\s+"([^"]+)"')


def read(file):
    return file.read_text(encoding="utf-8") if file.is_file() else ""


class Tests:
    """What tests there are, by the sources alone: nothing is built for this."""

    def __init__(self, root):
        self.tests = root / "tests"
        self.registered = set()
        for file in self.tests.rglob("CMakeLists.txt"):
            if self.tests / "tidy/fixture" in file.parents:
                continue  # it registers nothing
            text = read(file)
            self.registered.update(REGISTERED.findall(text))
            for function in re.findall(r'add_test\(NAME "(\w+): \$\{name\}"', text):
                for name in re.findall(r'^\w+_test\("([^"]+)"', text, re.M):
                    self.registered.add(f"{function}: {name}")
        self.mutants = {mutant["name"]
                        for mutant in json.loads(read(self.tests / "mutants/mutants.json") or "[]")}
        self.cases = {}

    def unit_cases(self, suite):
        """The cases of the files that the suite's own CMakeLists.txt lists."""
        if suite not in self.cases:
            folder = self.tests / suite
            listed = read(folder / "CMakeLists.txt")
            found = set()
            if re.search(r"upgraph_test\(" + re.escape(suite) + r"\s", listed):
                for file in folder.glob("*.cpp"):
                    if re.search(r"(?<!\w)" + re.escape(file.name) + r"\b", listed):
                        found.update(
                            "".join(TEXT.findall(case)).replace('\\"', '"')
                            for case in UNIT_CASE.findall(read(file)))
            self.cases[suite] = found
        return self.cases[suite]

    def has_system(self, suite, method):
        listed = read(self.tests / "system/CMakeLists.txt")
        suites = set(" ".join(re.findall(r"foreach\(suite ([^)]*)\)", listed)).split())
        return ((suite in suites or f"system: {suite}" in self.registered) and
                re.search(rf"^    def {re.escape(method)}\(self\b",
                          read(self.tests / f"system/{suite}_test.py"), re.M) is not None)

    def has(self, name):
        kind, _, rest = name.partition(": ")
        if kind.startswith("unit/"):
            return rest in self.unit_cases(kind) or name in self.registered
        if kind == "system":
            suite, _, method = rest.partition(" ")
            return self.has_system(suite, method)
        if kind == "scenario":
            return (self.tests / f"crash/scenarios/{rest}.upg").is_file()
        if kind == "mutants":
            return rest in self.mutants or name in self.registered
        if kind == "fuzz":
            return (self.tests / f"fuzz/{rest.removeprefix('replay ')}_target.cpp").is_file()
        if name.startswith("golden: diagnostics "):
            kind_of_finding = name.removeprefix("golden: diagnostics ")
            return (self.tests / "golden/diagnostics" / kind_of_finding).is_dir()
        return name in self.registered


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def tables(text):
    """(heading above it, column names, [(line number, cells)]) of every table."""
    heading, table = "", None
    for number, line in enumerate(text.splitlines() + [""], 1):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if line.startswith("|"):
            if table is None:
                table = (heading, cells(line), [])
            elif not re.fullmatch(r"[|\s:-]+", line):
                table[2].append((number, cells(line)))
        elif table is not None:
            yield table
            table = None


def check_row(place, row, tests):
    names = re.findall(r"`([^`]+)`", row["Shown by"])
    for name in names:
        if not tests.has(name):
            yield f"{place}: there is no test `{name}`"
    state, missing = row["State"], row["Missing"]
    if state not in STATES:
        yield f"{place}: `{state}` is none of {', '.join(STATES)}"
        return
    needs_names = state in ("shown", "in part")
    if needs_names != bool(names):
        yield f"{place}: {state}, and {'no' if needs_names else 'a'} test is named"
    if (state != "shown") != bool(missing):
        yield f"{place}: {state}, and {'nothing' if state != 'shown' else 'something'} is missing"


def check_numbers(path, heading, numbers):
    """Numbers as `7`, `7 †` or `I7`: from 1 on, without a gap."""
    found = [int(match[1]) for match in (re.fullmatch(r"I?(\d+)(?: †)?", number)
                                         for number in numbers) if match]
    if found and (len(found) != len(numbers) or found != list(range(1, len(found) + 1))):
        yield f"{path}: the numbers of `{heading}` do not go from 1 to {len(numbers)}"


def check_counts(first, text, counted, counts):
    """The table of counts and the sentence above it."""
    total = {state: sum(states[state] for states in counts.values()) for state in STATES}
    wanted = {heading: [states[state] for state in STATES] + [sum(states.values())]
              for heading, states in list(counts.items()) + [("all", total)]}
    found = {row[0]: row[1:] for _, row in counted}
    for heading in sorted(set(wanted) | set(found)):
        numbers = " ".join(map(str, wanted.get(heading, [])))
        if " ".join(found.get(heading, [])) != numbers:
            yield f"{first}: the counts of `{heading}` are {numbers or 'of no table'}"
    sentence = (f"Of {sum(total.values())} rows {total['shown']} are shown and {total['in part']} "
                f"in part; {total['no test yet']} have no test yet, {total['not built']} are not "
                "built.")
    if sentence not in " ".join(text.split()):
        yield f"{first}: it does not say `{sentence}`"


def check(root):
    tests = Tests(root)
    faults, counts, labels, counted, name_count = [], {}, set(), [], 0
    pages = sorted((root / "docs").glob("reliability*.md"))
    for file in pages:
        path = file.relative_to(root).as_posix()
        for heading, columns, rows in tables(read(file)):
            if set(STATES) <= set(columns):
                counted = rows
            if not set(COLUMNS) <= set(columns):
                continue
            states = counts.setdefault(heading, dict.fromkeys(STATES, 0))
            numbers = []
            for number, row_cells in rows:
                if len(row_cells) != len(columns):
                    faults.append(f"{path}:{number}: {len(row_cells)} cells, not {len(columns)}")
                    continue
                row = dict(zip(columns, row_cells))
                faults.extend(check_row(f"{path}:{number}", row, tests))
                if row["State"] in states:
                    states[row["State"]] += 1
                numbers.append(row["#"])
                name_count += row["Shown by"].count("`") // 2
            labels.update(numbers)
            faults.extend(check_numbers(path, heading, numbers))
    for label in sorted(set(re.findall(r'"((?:forward|back) [a-z ]+)"', read(root / RECOVERY)))):
        if label not in labels:
            faults.append(f"{RECOVERY}: `{label}` has no row in docs/reliability.md")
    if pages:
        faults.extend(check_counts("docs/reliability.md", read(pages[0]), counted, counts))
    return faults, sum(sum(states.values()) for states in counts.values()), name_count


if __name__ == "__main__":
    sys.exit(report.run(check, "reliability: {} rows, {} names of tests", "no row of docs/reliability.md found"))
