#!/usr/bin/python3
"""run_demo.py UPGRAPH [--update]: the demo goes well, and prints tests/golden/demo/transcript.txt.

What differs from run to run is replaced: names of runs and folders, times, digests and sizes of
packages (they depend on the compressor's version). Neighbouring lines of branches that run side by
side are put in order of their steps. Acts that cannot be played here, as the demo says, are named and
not compared: without root, without loop devices. With --update (or UPGRAPH_UPDATE_GOLDEN=1) the transcript is
written instead.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

GOLDEN = pathlib.Path(__file__).resolve().parent
DEMO = GOLDEN.parent.parent / "examples/dten/demo.sh"
TRANSCRIPT = GOLDEN / "demo/transcript.txt"

REPLACEMENTS = (
    (re.compile(r"/\S*/upgraph-demo\.\w+"), "FOLDER"),
    (re.compile(r"\b\d{8}t\d{9}-[0-9a-f]{8}\b"), "RUN"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"\(\d+ bytes, sha-256 [0-9a-f]{64}\)"), "(SIZE, DIGEST)"),
    (re.compile(r"  \((\d+ms|\d+\.\d+s|\d+s|\d+m\d*s?)\)$", re.M), "  (TOOK)"),
    (re.compile(r"^(RUN  TIME  .*?)  +\S+  +[0-9a-f]{16}(  way back until TIME)?$", re.M),
     r"\1  TOOK  DIGEST\2"),
)
NOT_SHOWN = re.compile(r"^not shown here: .*$", re.M)
# "forward  applied  switch/4/2/1  …": the line of a step that stands in `parallel`.
BRANCH = re.compile(r"^(forward|back) .*? ((?:\w+/)+\d+)  ")


def branch_of(line, parallel):
    match = BRANCH.match(line)
    if match:
        for prefix in parallel:
            if match[2].startswith(prefix + "/"):
                return match[1] + prefix
    return None


def in_order(text, parallel):
    """Neighbouring lines of one `parallel`, sorted by step."""
    lines, result, group, key = text.splitlines(keepends=True), [], [], None
    for line in lines + [""]:
        branch = branch_of(line, parallel)
        if branch != key or branch is None:
            result += sorted(group, key=lambda entry: BRANCH.match(entry)[2])
            group, key = [], branch
        if branch is None:
            result.append(line)
        else:
            group.append(line)
    return "".join(result)


def normalise(text):
    for pattern, replacement in REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return in_order(text, ["preflight", "switch/4", "verify"])


def split_acts(text):
    """The text of each act, and the last line, which is about all of them."""
    body, _, last = text.rstrip("\n").rpartition("\n")
    return re.split(r"(?m)(?=^== )", body), last


def without_what_is_not_shown(expected, actual):
    """What should have been printed, given which acts were not played; and why they were not."""
    expected_acts, _ = split_acts(expected)
    actual_acts, last = split_acts(actual)
    reasons = [(number, NOT_SHOWN.search(act)) for number, act in enumerate(actual_acts)]
    reasons = [(number, match[0]) for number, match in reasons if match]
    if not reasons or len(expected_acts) != len(actual_acts):
        return expected, []
    for number, _ in reasons:
        expected_acts[number] = actual_acts[number]
    return "".join(expected_acts) + "\n" + last + "\n", [f"act {number}: {why}" for number, why in reasons]


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--update"]
    update = "--update" in sys.argv or os.environ.get("UPGRAPH_UPDATE_GOLDEN") == "1"
    program = os.path.realpath(arguments[0])
    environment = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC",
                       PATH=os.path.dirname(program) + ":/usr/bin:/bin")
    environment.pop("UPGRAPH_DEMO_KEEP", None)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # which lies on a disk
        os.chmod(folder, 0o755)  # whom the database server belongs to must get there
        environment["TMPDIR"] = folder
        done = subprocess.run([DEMO], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        left = os.listdir(folder)
    text = done.stdout.decode("utf-8", errors="backslashreplace")
    if done.returncode != 0:
        print(text)
        print(f"the demo failed with exit code {done.returncode}")
        return 1
    if left:
        print(f"the demo left behind: {left}")
        return 1
    actual = normalise(text)
    if update:
        if NOT_SHOWN.search(actual):
            print(f"not all acts were played, so nothing is written:\n{actual}")
            return 1
        TRANSCRIPT.parent.mkdir(exist_ok=True)
        TRANSCRIPT.write_text(actual, encoding="utf-8")
        return 0
    expected, not_shown = without_what_is_not_shown(TRANSCRIPT.read_text(encoding="utf-8"), actual)
    if actual != expected:
        sys.stdout.writelines(difflib.unified_diff(expected.splitlines(keepends=True),
                                                   actual.splitlines(keepends=True),
                                                   "transcript.txt", "printed"))
        print("if this is how it should be: ./dev test --update")
        return 1
    for line in not_shown:
        print(line)
    print(f"the demo printed its {len(expected.splitlines())} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
