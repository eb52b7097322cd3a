#!/usr/bin/python3
"""run_readme.py UPGRAPH [--update]: the spec of README.md compiles, and prints what it says there.

Takes the ```upg block, lays the payload that it names beside it, and compares `upgraph check` with
the first ```text block; then does what the sentence before the second one says. Every file that the
page links to must be there. With --update (or UPGRAPH_UPDATE_GOLDEN=1) both blocks are rewritten.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
PAYLOAD = ("payload/relay/bin/relayd", "payload/release", "payload/migrations/001_owner.up.sql",
           "payload/migrations/001_owner.down.sql")
RIGHT, WRONG = 'files.link("/opt/relay", ', 'files.link("/etc/relay", '


def check(upgraph, folder, spec, expected_code):
    (folder / "relay.upg").write_text(spec, encoding="utf-8")
    done = subprocess.run([upgraph, "check", "relay.upg"], cwd=folder, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != expected_code:
        sys.exit(f"exit code {done.returncode}, not {expected_code}:\n{done.stdout}")
    return done.stdout


def main():
    update = "--update" in sys.argv or os.environ.get("UPGRAPH_UPDATE_GOLDEN") == "1"
    upgraph = os.path.realpath(sys.argv[1])
    page = README.read_text(encoding="utf-8")
    specs = re.findall(r"^```upg\n(.*?)^```$", page, re.M | re.S)
    texts = re.findall(r"^```text\n(.*?)^```$", page, re.M | re.S)
    if len(specs) != 1 or len(texts) != 2 or specs[0].count(RIGHT) != 1 or WRONG not in page:
        sys.exit("README.md: one upg block, two text blocks and the changed line are expected")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path in PAYLOAD:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("\n", encoding="utf-8")
        printed = [check(upgraph, folder, specs[0], 0),
                   check(upgraph, folder, specs[0].replace(RIGHT, WRONG), 1)]
    if update:
        for old, new in zip(texts, printed):
            page = page.replace(f"```text\n{old}```", f"```text\n{new}```")
        README.write_text(page, encoding="utf-8")
        return 0
    faults = 0
    for said, real in zip(texts, printed):
        if said != real:
            print(f"README.md says:\n{said}and the program:\n{real}")
            faults += 1
    for page_path in [README, *sorted((ROOT / "docs").rglob("*.md"))]:
        for link in re.findall(r"\]\(([^)#]+)\)", page_path.read_text(encoding="utf-8")):
            if "://" not in link and not (page_path.parent / link).exists():
                print(f"{page_path.relative_to(ROOT)}: no `{link}`")
                faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
