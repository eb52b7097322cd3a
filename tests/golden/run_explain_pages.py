#!/usr/bin/python3
"""run_explain_pages.py UPGRAPH [--update]: docs/checks.md and docs/errors.md are what `upgraph
explain` says.

With --update (or UPGRAPH_UPDATE_GOLDEN=1) the pages are written instead.
"""
import difflib
import json
import os
import pathlib
import subprocess
import sys

DOCS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"
CHECKS = """# The checks

Every check is a pure function of the plan: the compiler runs them over the spec, the runtime again
over the plan of the host. This page is made from `upgraph explain`; `./dev test --update` rewrites
it, and a test compares.

A finding is an error or a warning. `upgraph check -Werror` makes errors of warnings,
`-W error=NAME` of those of one check, `-W no-NAME` leaves them out. In the spec itself
`allow NAME because "why"` in the upgrade says that somebody has looked at it; people read the reason
in the plan. Some cannot be allowed, since nothing makes up for what they prove: `inverse-total`,
`phase-effects`, `unordered-conflict`, `stop-respected` and `edge-ambiguous`.

## What needs no check

What a spec cannot even say is not taught as a check. It is verified in each plan instead, before it is
believed (`Verify`, [formats/plan.md](formats/plan.md)), as a plan may come from elsewhere:

| always so | because |
|---|---|
| no step waits for itself (*graph-acyclic*) | `after` names an earlier label only |
| nothing changes before all of preflight has passed (*preflight-dominates*) | phases are barriers |
| locks are taken in one order (*lock-order-acyclic*) | a lock that sorts before the one around it is an error, `nested-lock-order`; nothing outside stands between the steps of a lock |
| old contents are kept before they change, by the library's steps | that is the runner's own order: captured, durable, applied |
| a key moves to one of its own type, and a value is of the type of its key | values never convert, `wrong-type` |
| a command never claims to reverse *exactly* | it captures nothing, `opaque-step` |
| what a payload path names is in the package (*payload-closed*) | looked for when the spec is compiled and when the package is read |
"""

ERRORS = """# What the compiler says of a text

Each message ends with a name in brackets, which does not change from release to release. `upgraph
explain NAME` says what is behind it; this page is made from that, `./dev test --update` rewrites it,
and a test compares. That a bad example is refused under its name, and a good one is not, is tested.
The names of the checks, which look at the plan, are in [checks.md](checks.md).
"""


def section(name, explanation):
    title, _, rest = explanation.partition("\n")
    lines = ["", f"## {name}", "", title, ""]
    in_block = False
    for line in rest.strip("\n").split("\n"):
        is_code = line.startswith("    ")
        if is_code and not in_block:
            lines.append("```upg")
        elif in_block and not is_code and line:
            lines.append("```")
        in_block = is_code or (in_block and not line)
        lines.append(line[4:] if is_code else line)
    if in_block:
        lines.append("```")
    return "\n".join(lines) + "\n"


def page(introduction, topics, key):
    text = introduction + "".join(section(topic[key], topic["explanation"]) for topic in topics)
    # A blank line between a block and what follows, none before its end.
    return text.replace("\n\n```\n", "\n```\n\n").rstrip("\n") + "\n"


def main():
    update = "--update" in sys.argv or os.environ.get("UPGRAPH_UPDATE_GOLDEN") == "1"
    done = subprocess.run([sys.argv[1], "explain", "--format", "json"], check=True,
                          stdout=subprocess.PIPE, text=True)
    topics = json.loads(done.stdout)
    is_current = True
    for name, new in (("checks.md", page(CHECKS, topics["checks"], "check")),
                      ("errors.md", page(ERRORS, topics["diagnostics"], "diagnostic"))):
        path = DOCS / name
        if update:
            path.write_text(new, encoding="utf-8")
            continue
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True),
                                                   f"docs/{name}", "upgraph explain"))
        is_current = is_current and old == new
    return 0 if is_current else 1


if __name__ == "__main__":
    sys.exit(main())
