#!/usr/bin/python3
"""compare.py UPGRAPH SPECS: whole processes on the specs of bench/generate.py, in SPECS/STEPS.

`upgraph check` at each size, and the peers on the same blocks, taking turns so that a slow moment of
the machine shows in all of them: the median of the wall times and the greatest memory. A peer that
is not installed is left out, with a word about it.
"""
import os
import pathlib
import shutil
import statistics
import sys
import time

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
# Peers that would take minutes at a size are left out there.
PEERS = (
    ("nix", 100_000, ["nix-instantiate", "--eval", "--strict", "bench.nix"]),
    ("jsonnet", 100_000, ["jsonnet", "bench.jsonnet"]),
    ("ninja", 100_000, ["ninja", "-n", "-f", "bench.ninja", "-t", "rules"]),
    ("ansible", 10_000, ["ansible-playbook", "--syntax-check", "-i", "localhost,", "bench.yml"]),
)


def run(words, folder):
    """Seconds of wall time and peak memory in MB."""
    null = os.open(os.devnull, os.O_RDWR)
    begin = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.execvp(words[0], words)
    _, status, usage = os.wait4(pid, 0)
    took = time.perf_counter() - begin
    os.close(null)
    if status != 0:
        sys.exit(f"bench: {' '.join(words)} failed in {folder}")
    return took, usage.ru_maxrss / 1024


def measure(commands, folder):
    """For each name the median time and the greatest memory; the commands take turns."""
    runs = {name: [] for name in commands}
    for round_number in range(ROUNDS + 1):
        for name, words in commands.items():
            result = run(words, folder)
            if round_number > 0:
                runs[name].append(result)
    return {name: (statistics.median(took for took, _ in results),
                   max(memory for _, memory in results)) for name, results in runs.items()}


def main():
    upgraph, specs = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    print(f"{'steps':>7}  {'command':<14} {'time':>9} {'us/step':>8} {'MB/s':>6} {'memory':>8}"
          "  times upgraph's")
    for size in SIZES:
        folder = specs / str(size)
        commands = {"upgraph check": [upgraph, "check", "bench.upg"]}
        for name, size_max, words in PEERS:
            if size <= size_max and shutil.which(words[0]):
                commands[name] = words
        results = measure(commands, folder)
        own, _ = results["upgraph check"]
        for name, (took, memory) in results.items():
            text = folder / [word for word in commands[name] if word.startswith("bench.")][0]
            print(f"{size:>7}  {name:<14} {took * 1e3:>6.0f} ms {took * 1e6 / size:>8.2f} "
                  f"{text.stat().st_size / took / 1e6:>6.1f} {memory:>5.0f} MB  {took / own:>6.2f}")
    for name, _, words in PEERS:
        if not shutil.which(words[0]):
            print(f"{name} is not installed: {words[0]}")


if __name__ == "__main__":
    main()
