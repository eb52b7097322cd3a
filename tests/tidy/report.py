"""What the checks of this folder have in common: they are run on a tree, and say what they found."""
import pathlib
import sys


def run(check, summary, nothing):
    """`check(root)` gives the faults, then what it has counted; `summary` says those counts, and `nothing`
    what is so when the first of them is 0. Gives the exit code."""
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    faults, *counts = check(root)
    for fault in faults:
        print(fault)
    if counts[0] == 0:
        print(f"{root}: {nothing}")
        return 1
    print(f"{summary.format(*counts)}, {len(faults)} faults")
    return 1 if faults else 0
