#!/usr/bin/python3
"""run_runbook.py UPGRAPH [--update]: the runbooks of the examples and of the design, to the letter, and
what each must have.

tests/golden/runbook/NAME.md is what `upgraph runbook` prints; with --update (or
UPGRAPH_UPDATE_GOLDEN=1) it is written anew. The digest of the plan, which changes with the library, stands
there as DIGEST. The runbook of the package says the same as that of the spec, and each names every step of
its plan that is done, and, in the way back, each that is undone.
"""
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

GOLDEN = pathlib.Path(__file__).resolve().parent
ROOT = GOLDEN.parent.parent
# NAME.md: the spec, and more words. The design has what no example has yet: approvals, a gate with a
# baseline, temporaries, a watch.
CASES = {"dten": ("examples/dten/dten.upg", []),
         "webshop": ("examples/webshop/webshop.upg", []),
         "relay": ("examples/relay/relay.upg", []),
         "relay-way": ("examples/relay/relay.upg", ["--from", "v1.4.0"]),
         "design": ("tests/golden/design/dten.upg", [])}


def run(upgraph, *words, cwd):
    done = subprocess.run([upgraph, *words], cwd=cwd, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    if done.returncode != 0:
        raise ValueError(f"`upgraph {' '.join(words)}` ends with {done.returncode}:\n{done.stdout}")
    return done.stdout


def parts(text):
    """Of each runbook in the text its sections, by their titles."""
    books = re.split(r"^(?=# Runbook: )", text, flags=re.M)[1:]
    return [dict(part.split("\n", 1) for part in re.split(r"^## ", book, flags=re.M)[1:])
            for book in books]


def judge_plan(plan, book):
    faults = []
    everything = "".join(book.values())
    for step in plan["steps"]:
        if not re.search(rf"`{re.escape(step['path'])}`", everything):
            # The turns of a loop over what the host gives look alike; one stands for all.
            if not re.search(r"/[2-9]\d*(/|$)", step["path"]):
                faults.append(f"{step['path']} is nowhere")
        is_undone = step["phase"] in ("prepare", "switch") and step["undo"] not in ("observes", "never")
        if is_undone and f"`{step['path']}`" not in book["The way back"]:
            faults.append(f"{step['path']} has no way back")
    for role in plan["approvals"]:
        if f"--approve {role}=NAME" not in book["Who says go"]:
            faults.append(f"{role} does not approve")
    back = re.findall(r"^\d+\. `(\S+)`", book["The way back"], re.M)
    order = [step["path"] for step in plan["steps"] if step["path"] in back]
    if back != order[::-1]:
        faults.append("the way back is not the way there in reverse")
    return faults


def judge(upgraph, name, update):
    path, words = CASES[name]
    folder, spec = (ROOT / path).parent, (ROOT / path).name
    text = run(upgraph, "runbook", spec, *words, cwd=folder)
    plans = json.loads(run(upgraph, "plan", spec, "--format", "json", *words, cwd=folder))["plans"]
    books = parts(text)
    if len(books) != len(plans) or not books:
        return [f"{len(books)} runbooks of {len(plans)} plans"]
    faults = [fault for plan, book in zip(plans, books) for fault in judge_plan(plan, book)]
    with tempfile.TemporaryDirectory() as scratch:
        package = os.path.join(scratch, "package.zip")
        run(upgraph, "pack", spec, "-o", package, cwd=folder)
        packed = run(upgraph, "runbook", package, *words, cwd=folder)
    escaped = package.replace("_", "\\_")
    if packed.replace(f"package {escaped}", f"spec {spec}").replace(package, spec) != text:
        faults.append("the runbook of the package is another one")
    actual = re.sub(r"plan `[0-9a-f]{16}`", "plan `DIGEST`", text)
    golden = GOLDEN / "runbook" / f"{name}.md"
    if update:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(actual, encoding="utf-8")
        return faults
    expected = golden.read_text(encoding="utf-8") if golden.exists() else ""
    if actual != expected:
        difference = difflib.unified_diff(expected.splitlines(), actual.splitlines(), golden.name,
                                          "printed", lineterm="")
        faults += list(difference) + ["if this is how it should be: ./dev test --update"]
    return faults


def main():
    update = "--update" in sys.argv or os.environ.get("UPGRAPH_UPDATE_GOLDEN") == "1"
    upgraph = os.path.realpath([word for word in sys.argv[1:] if not word.startswith("--")][0])
    bad = 0
    for name in CASES:
        faults = judge(upgraph, name, update)
        bad += bool(faults)
        if faults:
            print(f"--- {name}", *faults, sep="\n")
    print(f"{len(CASES)} runbooks, {bad} at fault")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
