#!/usr/bin/python3
"""compare_runs.py UPGRAPH RUN_STEPS FOLDER [STEPS]: the runtime beside its floors and its peers.

Everything takes turns on the same disk, which has to be a real one: on tmpfs a sync costs nothing.
Printed is the median of the rounds and the ratio to what stands beside it; of rounds that somebody
else disturbed the median says less than the ratio. bench/run_steps.cpp says what each kind does;
that the journal holds both transitions of every step is held there, after every run.
"""
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys

ROUNDS = 3
COMMANDS = 1_000
LARGE = 100_000

SPEC = """\
import std.files
product box {{
  versions  semver
  installed files.first_line("/release")
  releases  v1.0.0, v2.0.0
}}
resource thing(number: Int) overlaps by name
step nothing(number: Int) {{
  phases   prepare
  writes   thing(number)
  reverses by compensation
  takes    1s
  timeout  10s
  do       ["/bin/true"]
  undo     ["/bin/true"]
}}
upgrade v1.0 ..< v2.0 -> v2.0.0 {{
  prepare {{
    parallel {{
{calls}
    }}
  }}
}}
"""


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def steps(run_steps, kind, count, folder):
    fresh(folder)
    result = subprocess.run([run_steps, kind, str(count), str(folder / "run")], check=True,
                            stdout=subprocess.PIPE)
    shutil.rmtree(folder)
    return json.loads(result.stdout)


def cpu_of(words, folder):
    """User and system time of a command and of all that it started, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, cwd=folder, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rounds(kinds):
    """name → function; all of them in turn, and for each its results."""
    results = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, measure in kinds.items():
            results[name].append(measure())
    return results


def median(values):
    return statistics.median(values)


def show_journal(run_steps, count, folder):
    kinds = ("commits", "parallel", "chain", "back")
    results = rounds({kind: (lambda kind=kind: steps(run_steps, kind, count, folder / kind))
                      for kind in kinds})
    floor = median(result["seconds"] for result in results["commits"])
    print(f"{count} steps that do nothing; each is found captured and applied in the journal\n")
    print(f"{'':<10} {'whole':>9} {'opening':>9} {'steps':>9} {'a second':>10} {'syncs':>7} {'cpu':>8}"
          "  steps, times one commit each")
    for kind in kinds:
        whole, opening, cpu = (median(result[what] for result in results[kind])
                               for what in ("seconds", "open_seconds", "cpu"))
        walk = median(result["seconds"] - result["open_seconds"] for result in results[kind])
        syncs = median(result["syncs"] for result in results[kind])
        print(f"{kind:<10} {whole:>7.2f} s {opening:>7.2f} s {walk:>7.2f} s {count / walk:>10,.0f} "
              f"{syncs:>7.0f} {cpu:>6.2f} s  {walk / floor:>5.2f}")
    print("\n`commits` is SQLite alone, one commit for each; `back` goes there and back")


def show_commands(upgraph, run_steps, folder):
    fresh(folder)
    calls = "\n".join(f"      nothing({number})" for number in range(COMMANDS))
    (folder / "true.upg").write_text(SPEC.format(calls=calls))
    subprocess.run([upgraph, "pack", "true.upg", "-o", "true.zip"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    names = " ".join(f"o{number}" for number in range(COMMANDS))
    (folder / "build.ninja").write_text(
        "rule t\n  command = /bin/true\n" +
        "".join(f"build o{number}: t\n" for number in range(COMMANDS)))
    (folder / "Makefile").write_text(
        f"all: {names}\n.PHONY: all {names}\n" +
        "".join(f"o{number}:\n\t@/bin/true\n" for number in range(COMMANDS)))
    number = iter(range(1_000_000))

    def apply():
        host = fresh(folder / f"host{next(number)}")
        (host / "release").write_text("1.0.0\n")
        return cpu_of([upgraph, "apply", "true.zip", "--root", str(host), "--yes", "--foreground",
                       "--jobs", "4"], folder)

    kinds = {"upgraph": apply,
             "posix_spawn": lambda: steps(run_steps, "spawns", COMMANDS, folder / "spawns")["cpu"]}
    if shutil.which("ninja"):
        kinds["ninja"] = lambda: cpu_of(["ninja", "-j4"], folder)
    if shutil.which("make"):
        kinds["make"] = lambda: cpu_of(["make", "-j4"], folder)
    results = {name: median(values) for name, values in rounds(kinds).items()}
    print(f"\n{COMMANDS} steps that start /bin/true: CPU, user and system, with all children\n")
    for name, cpu in results.items():
        print(f"{name:<12} {cpu * 1e3:>6.0f} ms  {cpu / results['upgraph']:>5.2f} times upgraph's")
    shutil.rmtree(folder)


def show_memory(run_steps, folder):
    result = steps(run_steps, "parallel", LARGE, folder / "large")
    print(f"\n{LARGE} steps: {result['peak_kb'] / 1024:.0f} MB at most, plan included, "
          f"{result['open_peak_kb'] / 1024:.0f} MB while the run is opened; "
          f"{result['seconds']:.1f} s, of them {result['open_seconds']:.1f} s to open the run")


def main():
    upgraph, run_steps = (os.path.abspath(word) for word in sys.argv[1:3])
    folder = pathlib.Path(sys.argv[3]).resolve()
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000
    show_journal(run_steps, count, folder)
    show_commands(upgraph, run_steps, folder / "commands")
    show_memory(run_steps, folder)


if __name__ == "__main__":
    main()
