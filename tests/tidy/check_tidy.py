#!/usr/bin/python3
"""check_tidy.py [ROOT]: the house rules that a machine can hold.

 - no file of code is longer than 600 lines
 - no word that promises work for later
 - no call that has a better one here
 - includes are written from the repository root
 - every diagnostic and every check has a golden case that fails

Exit code 0: tidy; 1: not.
"""
import re
import sys

import report

CODE_FOLDERS = ("base", "plan", "stdlib", "compiler", "runtime", "cli", "tests", "bench", "grammar",
                "cmake", "examples", "docs")
CODE_SUFFIXES = (".h", ".cpp", ".def", ".py", ".sh", ".g4", ".fbs", ".cmake", ".upg", ".md", ".txt")
CPP_SUFFIXES = (".h", ".cpp", ".def")
LINES_MAX = 600
# References that the program prints: as long as what they list.
PRINTED = ("docs/checks.md", "docs/errors.md", "docs/stdlib.md")

# Written in halves, so that this file may live by its own rule.
LATER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "not " + "implemented",
                                      "for " + "now")) + r")\b")

# (pattern, why). Matched against code whose comments and texts are taken out.
BANNED = (
    (re.compile(r"\bstd::w?regex\b"), "std::regex ends the stack on long input; match by hand"),
    (re.compile(r"(?<![\w.:>])(std::)?system\("), "system() runs a shell; use env::Processes"),
    (re.compile(r"(?<![\w.:>])(std::|::)?s?rand\("), "rand() is not repeatable; pass a seed"),
    (re.compile(r"(?<![\w.:>])(std::|::)?(tmpnam|mktemp)\("), "races; use mkstemp or mkdtemp"),
    (re.compile(r"(?<![\w.:>])(std::|::)?(strcpy|strcat|sprintf|gets)\("), "unbounded copy"),
)

QUOTED_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def blank_comments_and_texts(text):
    """The code alone: comments and literals become blanks, lines stay where they are."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                       r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'", re.S)
    return token.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def check_file(root, file):
    path = file.relative_to(root).as_posix()
    text = file.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    is_data = path.startswith(("tests/golden/", "examples/dten/payload/", "tests/tidy/fixture/"))
    if len(lines) > LINES_MAX and not is_data and path not in PRINTED:
        yield f"{path}: {len(lines)} lines; {LINES_MAX} is the most"
    if not is_data:
        for number, line in enumerate(lines, 1):
            match = LATER.search(line)
            if match:
                yield f"{path}:{number}: `{match[0]}`: do it, or leave the word out"
    if file.suffix not in CPP_SUFFIXES:
        return
    for number, line in enumerate(lines, 1):
        match = QUOTED_INCLUDE.match(line)
        if match and not (root / match[1]).is_file() and not (
                is_generated(match[1]) or is_outside(match[1])):
            yield (f"{path}:{number}: `{match[1]}` is not a file from the repository root; write "
                   "project headers so, outside ones in angle brackets")
    for number, line in enumerate(blank_comments_and_texts(text).splitlines(), 1):
        for pattern, why in BANNED:
            if pattern.search(line):
                yield f"{path}:{number}: {why}"
    if file.suffix == ".h" and not re.search(r"^#pragma once$", text, re.M):
        yield f"{path}:1: a header without `#pragma once`"


def is_outside(header):
    """LLVM's own style is the quoted form; it is taken over with the library."""
    return header.startswith("llvm/")


def is_generated(header):
    name = header.rsplit("/", 1)[-1]
    return name.endswith("_generated.h") or name in ("UpgraphLexer.h", "UpgraphParser.h",
                                                     "UpgraphParserBaseVisitor.h",
                                                     "UpgraphParserVisitor.h")


def entries(root, path, macro):
    """Stable names of a .def file: the texts in macro(…, "name" …)."""
    file = root / path
    if not file.is_file():
        return
    text = re.sub(r"//[^\n]*", "", file.read_text(encoding="utf-8"))
    for match in re.finditer(macro + r'\(([^()]*)\)', text):
        name = re.search(r'"([^"]+)"', match[1])
        if name:
            yield name[1]


def check_golden(root):
    names = {}
    for name in entries(root, "compiler/diagnostics/kind.def", "UPGRAPH_DIAGNOSTIC"):
        names[name] = "diagnostic"
    for name in entries(root, "plan/checks/registry.def", "UPGRAPH_(?:GRAPH_)?CHECK_ENTRY"):
        names[name] = "check"
    folder = root / "tests/golden/diagnostics"
    for name, what in names.items():
        expected = sorted((folder / name).glob("*.expected"))
        # The case that counts is one whose output names the diagnostic.
        if not any(f"[{name}]" in file.read_text(encoding="utf-8") for file in expected):
            yield (f"tests/golden/diagnostics/{name}: no case that prints `[{name}]`; every {what} "
                   "has one")
    if folder.is_dir():
        for child in sorted(folder.iterdir()):
            if child.is_dir() and child.name not in names:
                yield f"tests/golden/diagnostics/{child.name}: no diagnostic and no check is so named"
    if not names:
        yield "compiler/diagnostics/kind.def: no diagnostic found"


def check(root):
    faults = []
    count = 0
    for top in CODE_FOLDERS:
        for file in sorted((root / top).rglob("*")):
            if file.is_file() and file.suffix in CODE_SUFFIXES:
                if root.joinpath("tests/tidy/fixture") in file.parents:
                    continue
                count += 1
                faults.extend(check_file(root, file))
    faults.extend(check_golden(root))
    return faults, count


if __name__ == "__main__":
    sys.exit(report.run(check, "tidy: {} files", "no code found"))
