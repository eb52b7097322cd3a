#!/usr/bin/python3
"""Breaks the protocol on purpose.

mutate.py check
    every mutant of mutants.json fits: its text stands exactly once in its file
mutate.py write NAME FOLDER
    the broken copy of the file, below FOLDER; prints the file and the copy. CMake calls it for
    -DUPGRAPH_MUTANT=NAME and compiles the copy in place of the file.
mutate.py run [NAME…] [--build FOLDER]
    builds each mutant and runs the test or the command that is named with it, which must fail

Exit code 0: done, or every mutant was killed; 1: not.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def mutants():
    return {mutant["name"]: mutant
            for mutant in json.loads((HERE / "mutants.json").read_text(encoding="utf-8"))}


def broken(mutant):
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    count = text.count(mutant["find"])
    if count != 1:
        raise ValueError(f"{mutant['name']}: its text stands {count} times in {mutant['file']}, "
                         "not once")
    return text.replace(mutant["find"], mutant["replace"])


def check():
    names = [mutant["name"] for mutant in json.loads((HERE / "mutants.json").read_text())]
    faults = ["two mutants have one name"] if len(set(names)) != len(names) else []
    for mutant in mutants().values():
        try:
            broken(mutant)
        except (OSError, ValueError) as error:
            faults.append(str(error))
    print("\n".join(faults) or f"{len(names)} mutants fit")
    return 1 if faults else 0


def write(name, folder):
    mutant = mutants()[name]
    copy = pathlib.Path(folder) / mutant["file"]
    copy.parent.mkdir(parents=True, exist_ok=True)
    text = broken(mutant)
    if not copy.exists() or copy.read_text(encoding="utf-8") != text:
        copy.write_text(text, encoding="utf-8")
    print(f"{mutant['file']};{copy}", end="")
    return 0


def quietly(*command):
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, text=True)


def judge(name, build):
    """What became of it, in one word and a reason."""
    mutant = mutants()[name]
    done = quietly("cmake", "-S", ".", "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                   "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DCMAKE_UNITY_BUILD=ON",
                   "-DCMAKE_UNITY_BUILD_BATCH_SIZE=12", f"-DUPGRAPH_MUTANT={name}")
    if done.returncode == 0:
        done = quietly("cmake", "--build", build, "--target", *mutant["targets"])
    if done.returncode != 0:
        return "NOT BUILT", done.stdout[-2000:]
    if "command" in mutant:
        done = quietly(*(word.format(build=build) for word in mutant["command"]))
    else:
        done = quietly("ctest", "--test-dir", build, "-R", mutant["test"], "--no-tests=error",
                       "--output-on-failure")
    if "No tests were found" in done.stdout:
        return "NO TEST", mutant["test"]
    # What the test itself said, before what ctest says of it.
    signs = [line.strip() for sign in ("LOST", "BROKEN", "FAILED", "SEGFAULT", "Failed")
             for line in done.stdout.splitlines() if sign in line]
    return ("survived" if done.returncode == 0 else "killed"), (signs or [""])[0][:150]


def run(names, build):
    survivors = 0
    for name in names or mutants():
        start = time.monotonic()
        word, reason = judge(name, build)
        survivors += word != "killed"
        killer = mutants()[name].get("test") or mutants()[name]["command"][0].format(build=build)
        print(f"{word}: {name}, by \"{killer}\" in "
              f"{time.monotonic() - start:.0f} s: {reason}", flush=True)
    print(f"{len(names or mutants())} mutants, {survivors} not killed")
    return 1 if survivors else 0


def main(arguments):
    if arguments == ["check"]:
        return check()
    if len(arguments) == 3 and arguments[0] == "write":
        return write(arguments[1], arguments[2])
    if arguments and arguments[0] == "run":
        build = "build/mutants"
        if "--build" in arguments:
            place = arguments.index("--build")
            build = arguments[place + 1]
            arguments = arguments[:place] + arguments[place + 2:]
        return run(arguments[1:], os.fspath(build))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
