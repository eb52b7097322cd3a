#!/usr/bin/python3
"""run_stdlib_page.py UPGRAPH [--update]: docs/stdlib.md is what `upgraph docs` prints.

With --update (or UPGRAPH_UPDATE_GOLDEN=1) the page is written instead.
"""
import difflib
import os
import pathlib
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/stdlib.md"


def main():
    update = "--update" in sys.argv or os.environ.get("UPGRAPH_UPDATE_GOLDEN") == "1"
    page = subprocess.run([sys.argv[1], "docs"], check=True, stdout=subprocess.PIPE).stdout.decode()
    if update:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    old = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), page.splitlines(True),
                                               "docs/stdlib.md", "upgraph docs"))
    return 0 if old == page else 1


if __name__ == "__main__":
    sys.exit(main())
