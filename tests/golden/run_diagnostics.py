#!/usr/bin/python3
"""run_diagnostics.py UPGRAPH [--update]: every case of tests/golden/diagnostics against its text.

A case is FOLDER/NAME.upg: `upgraph check NAME.upg`, run in its folder, must print NAME.expected,
which ends with the exit code; NAME.inputs beside it holds what is given for its inputs. Cases called
ok_* or near_miss_* must be accepted: exit code 0 and one line; all others must say the name of their
folder, and end with exit code 1 unless it is a warning. Every diagnostic and every check has at least one of each. With --update (or
UPGRAPH_UPDATE_GOLDEN=1) the expected texts are written instead, and only the acceptance is checked.
"""
import concurrent.futures
import difflib
import os
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "diagnostics"
ROOT = FOLDER.parent.parent.parent
# Where every name of a diagnostic and of a check stands.
TABLES = (("compiler/diagnostics/kind.def", r'^UPGRAPH_DIAGNOSTIC\(\w+, "([a-z-]+)"\)'),
          ("plan/checks/registry.def", r'^UPGRAPH_(?:GRAPH_)?CHECK_ENTRY\("([a-z-]+)"'))
ACCEPTED = ("ok_", "near_miss_")
CASES_MIN = 100


def run(upgraph, case):
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        if name in os.environ:
            environment[name] = os.environ[name]
    inputs = case.with_suffix(".inputs")
    given = ["--inputs", inputs.name] if inputs.exists() else []
    done = subprocess.run([upgraph, "check", *given, case.name], cwd=case.parent, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    text = done.stdout.decode("utf-8", errors="backslashreplace")
    return text, done.returncode


def judge(upgraph, case, update):
    """What is wrong with one case, as text; empty when nothing is."""
    name = case.relative_to(FOLDER).as_posix()
    text, code = run(upgraph, case)
    if case.name.startswith(ACCEPTED):
        if code != 0 or text.count("\n") != 1:
            return f"{name}: must be accepted with one line, but exit code {code}:\n{text}"
    elif f"[{case.parent.name}]" not in text or code != (1 if "error: " in text else 0):
        return f"{name}: must print `[{case.parent.name}]`, but exit code {code}:\n{text}"
    actual = f"{text}exit {code}\n"
    expected_file = case.with_suffix(".expected")
    if update:
        expected_file.write_text(actual, encoding="utf-8")
        return ""
    if not expected_file.is_file():
        return f"{name}: {expected_file.name} is missing; `./dev test --update` writes it"
    expected = expected_file.read_text(encoding="utf-8")
    if actual == expected:
        return ""
    return "".join(difflib.unified_diff(expected.splitlines(keepends=True),
                                        actual.splitlines(keepends=True),
                                        f"{name} expected", f"{name} printed"))


def missing_cases(cases):
    """What the program can say without a case that shows it, or without a near miss."""
    names = set()
    for table, entry in TABLES:
        found = re.findall(entry, (ROOT / table).read_text(encoding="utf-8"), re.M)
        if not found:
            sys.exit(f"{table}: no name was found in it")
        names |= set(found)
    faults = []
    for accepted, what in ((False, "case"), (True, "near miss")):
        shown = {case.parent.name for case in cases
                 if case.name.startswith(ACCEPTED) == accepted}
        faults += [f"{name}: there is no {what}\n" for name in sorted(names - shown)]
    return faults


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--update"]
    update = "--update" in sys.argv or os.environ.get("UPGRAPH_UPDATE_GOLDEN") == "1"
    upgraph = os.path.realpath(arguments[0])
    cases = sorted(FOLDER.glob("*/*.upg"))
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        faults = [fault for fault in pool.map(lambda case: judge(upgraph, case, update), cases)
                  if fault]
    for expected in sorted(FOLDER.glob("*/*.expected")):
        if expected.with_suffix(".upg").exists():
            continue
        if update:
            expected.unlink()
        else:
            faults.append(f"{expected.relative_to(FOLDER)}: expected text of no case\n")
    faults += missing_cases(cases)
    if len(cases) < CASES_MIN:
        faults.append(f"only {len(cases)} cases found\n")
    for fault in faults:
        print(fault)
    print(f"diagnostics: {len(cases)} cases, {len(faults)} differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
