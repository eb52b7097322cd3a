#!/usr/bin/python3
"""run_format.py UPGRAPH [--update]: the formatter, and that the tree is formatted.

 - a case is tests/golden/format/NAME.upg: `upgraph fmt` makes NAME.formatted of it, and nothing else
   of that; `upgraph fmt --check` says NAME.check
 - every spec of examples/ and stdlib/, and every spec in the pages of docs/ and in README.md, is
   formatted as it stands

With --update (or UPGRAPH_UPDATE_GOLDEN=1) the expected texts are written, and specs are formatted.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# These are made from the program, whose texts are excerpts.
MADE = ("checks.md", "errors.md", "stdlib.md")
FOLDER = ROOT / "tests/golden/format"
CASES_MIN = 10
BLOCKS_MIN = 10
# What stands around a block of a page, by the place that it names; see run_language.py.
UPGRADE = "upgrade v1.0 ..< v2.0 -> v2.0.0 {"
FRAMES = {"": [], "spec": [], "top": [], "upgrade": [UPGRADE], "switch": [UPGRADE, "switch {"]}


def run(upgraph, *words, text=None, cwd=None):
    done = subprocess.run([upgraph, "fmt", *words], input=text, stdout=subprocess.PIPE, cwd=cwd,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.stdout, done.returncode


def diff(expected, actual, name):
    lines = [part.decode("utf-8", errors="backslashreplace").splitlines(keepends=True)
             for part in (expected, actual)]
    return "".join(difflib.unified_diff(*lines, f"{name} expected", f"{name} made"))


def judge_case(upgraph, case, update):
    formatted, code = run(upgraph, "-", text=case.read_bytes())
    if code != 0:
        return f"{case.name}: exit code {code}:\n{formatted.decode()}"
    again, code = run(upgraph, "-", text=formatted)
    if code != 0 or again != formatted:
        return f"{case.name}: formatted twice is something else\n{diff(formatted, again, case.name)}"
    checked, code = run(upgraph, "--check", case.name, cwd=case.parent)
    if code != (0 if case.read_bytes() == formatted else 1):
        return f"{case.name}: --check ends with exit code {code}\n"
    faults = ""
    for suffix, actual in ((".formatted", formatted), (".check", checked)):
        expected = case.with_suffix(suffix)
        if update:
            expected.write_bytes(actual)
        elif not expected.is_file():
            faults += f"{expected.name} is missing; `./dev test --update` writes it\n"
        else:
            faults += diff(expected.read_bytes(), actual, expected.name)
    return faults


def format_block(upgraph, place, block):
    """The block of a page as the formatter makes it; None when it does not parse."""
    frame = FRAMES[place]
    text = "".join(line + "\n" for line in frame) + block + "}\n" * len(frame)
    made, code = run(upgraph, "-", text=text.encode("utf-8"))
    if code != 0:
        return None
    lines = made.decode("utf-8").splitlines()
    inner = lines[len(frame):len(lines) - len(frame)]
    return "".join(line[2 * len(frame):] + "\n" for line in inner)


def judge_page(upgraph, page, update):
    """Faults, and how many blocks there were."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT)
    faults, count = "", 0
    for head, place, block in re.findall(r"^(```upg ?(\w*)\n)(.*?)^```$", text, re.M | re.S):
        made = format_block(upgraph, place, block)
        count += 1
        if made is None:
            faults += f"{name}: a block cannot be formatted:\n{block}"
        elif made != block and update:
            text = text.replace(head + block + "```", head + made + "```")
        elif made != block:
            faults += diff(block.encode(), made.encode(), str(name))
    if update:
        page.write_text(text, encoding="utf-8")
    return faults, count


def main():
    update = "--update" in sys.argv or os.environ.get("UPGRAPH_UPDATE_GOLDEN") == "1"
    upgraph = os.path.realpath(sys.argv[1])
    cases = sorted(FOLDER.glob("*.upg"))
    faults = [judge_case(upgraph, case, update) for case in cases]
    faults += [f"{path.name}: expected text of no case\n" for path in sorted(FOLDER.glob("*"))
               if not path.with_suffix(".upg").is_file()]
    said, code = run(upgraph, *([] if update else ["--check"]), "examples", "stdlib", cwd=ROOT)
    if code != 0:
        faults.append(said.decode("utf-8") + "`upgraph fmt examples stdlib` formats them\n")
    blocks = 0
    pages = [page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in MADE]
    for page in [ROOT / "README.md", *pages]:
        fault, count = judge_page(upgraph, page, update)
        faults.append(fault)
        blocks += count
    if len(cases) < CASES_MIN or blocks < BLOCKS_MIN:
        faults.append(f"only {len(cases)} cases and {blocks} blocks found\n")
    faults = [fault for fault in faults if fault]
    print(*faults, sep="\n", end="")
    print(f"format: {len(cases)} cases, {blocks} blocks, {len(faults)} differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
