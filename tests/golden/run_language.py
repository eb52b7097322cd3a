#!/usr/bin/python3
"""run_language.py UPGRAPH: every block of docs/ that says where it stands compiles without a word, and
its tests pass.

A block says where it stands: ```upg spec is whole; `top` stands before the upgrade, `upgrade` is what
is in it, `switch` what is in that phase; the rest of the spec is made around it.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"
# These are made from the program, and show what does not compile too.
MADE = ("checks.md", "stdlib.md")
PAYLOAD = ("payload/box", "payload/release", "payload/cron", "payload/status/started.md",
           "payload/status/done.md", "payload/status/rolled-back.md", "payload/status/stuck.md", "payload/status/late.md", "payload/site", "payload/release-2", "payload/release-3",
           "payload/migrations/001_a.up.sql", "payload/migrations/001_a.down.sql")
FRAME = """import std.files
import std.config
import std.credentials
import std.cron
import std.net
import std.sql
product box {
  installed files.first_line("/etc/box/release")
  releases v1.0.0, v2.0.0
}
let db = sql.sqlite("/var/lib/box/box.db")
%(top)s
upgrade v1.0 ..< v2.0 -> v2.0.0 {
  downtime 1h
  %(upgrade)s
}
"""
BLOCKS_MIN = 9


def spec_of(place, block):
    if place == "spec":
        return block
    parts = {"top": "", "upgrade": ""}
    if place == "switch":
        place, block = "upgrade", "switch {\n" + block + "}"
    parts[place] = block
    return FRAME % parts


def main():
    upgraph = sys.argv[1]
    pages = (page for page in sorted(DOCS.glob("*.md")) if page.name not in MADE)
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    blocks = re.findall(r"^```upg (\w+)\n(.*?)^```$", text, re.M | re.S)
    if len(blocks) < BLOCKS_MIN or text.count("```upg ") != len(blocks):
        sys.exit(f"{len(blocks)} blocks were found, or one does not say where it stands")
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path in PAYLOAD:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("\n", encoding="utf-8")
        for place, block in blocks:
            (folder / "box.upg").write_text(spec_of(place, block), encoding="utf-8")
            done = subprocess.run([upgraph, "check", "-Werror", "box.upg"], cwd=folder, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if done.returncode == 0 and "\ntest " in block:
                done = subprocess.run([upgraph, "test", "box.upg"], cwd=folder, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if done.returncode != 0:
                faults += 1
                print(f"--- {place}\n{block}{done.stdout}")
    print(f"{len(blocks)} blocks, {faults} do not compile")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
