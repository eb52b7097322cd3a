#!/usr/bin/python3
"""run_design.py UPGRAPH [--update]: the example that the language was designed by compiles whole.

It is checked without a warning, is in the one style, its test holds, and `upgraph plan` says of it what
tests/golden/design/plan.txt says. With --update (or UPGRAPH_UPDATE_GOLDEN=1) that is written instead.
"""
import difflib
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "design"
SPEC = "dten.upg"


def run(upgraph, *words):
    done = subprocess.run([upgraph, *words], cwd=FOLDER, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.stdout, done.returncode


def main():
    upgraph = os.path.realpath(sys.argv[1])
    faults = 0
    for words in (["check", "-Werror", SPEC], ["fmt", "--check", SPEC], ["test", SPEC]):
        text, code = run(upgraph, *words)
        if code != 0:
            faults += 1
            print(f"{' '.join(words)}: exit code {code}\n{text}")
    plan, code = run(upgraph, "plan", SPEC)
    if code != 0:
        sys.exit(f"plan: exit code {code}\n{plan}")
    golden = FOLDER / "plan.txt"
    if "--update" in sys.argv or os.environ.get("UPGRAPH_UPDATE_GOLDEN") == "1":
        golden.write_text(plan, encoding="utf-8")
    elif golden.read_text(encoding="utf-8") != plan:
        faults += 1
        sys.stdout.writelines(difflib.unified_diff(
            golden.read_text(encoding="utf-8").splitlines(True), plan.splitlines(True),
            "plan.txt", "upgraph plan"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
