#!/usr/bin/python3
"""check_time.py UPGRAPH: see check_time.sh."""
import os
import pathlib
import statistics
import sys
import time

ROUNDS = 20
WARM_UP = 3
LIMIT_MS = 50.0
SPEC = pathlib.Path(__file__).resolve().parent.parent / "examples/dten/dten.upg"


def spawn_ms(words):
    null = os.open(os.devnull, os.O_RDWR)
    begin = time.perf_counter_ns()
    pid = os.posix_spawn(words[0], words, dict(os.environ, LC_ALL="C"),
                         file_actions=[(os.POSIX_SPAWN_DUP2, null, 0),
                                       (os.POSIX_SPAWN_DUP2, null, 1)])
    _, status = os.waitpid(pid, 0)
    took = (time.perf_counter_ns() - begin) / 1e6
    os.close(null)
    if status != 0:
        sys.exit(f"bench: {' '.join(words)} failed")
    return took


def main():
    check = [sys.argv[1], "check", str(SPEC)]
    peer = ["/bin/true"]
    times = {"check": [], "true": []}
    for round_number in range(WARM_UP + ROUNDS):
        took = spawn_ms(check), spawn_ms(peer)
        if round_number >= WARM_UP:
            times["check"].append(took[0])
            times["true"].append(took[1])
    check_ms = statistics.median(times["check"])
    true_ms = statistics.median(times["true"])
    print(f"upgraph check dten.upg  {check_ms:7.2f} ms  (fastest {min(times['check']):.2f}, "
          f"slowest {max(times['check']):.2f})")
    print(f"/bin/true               {true_ms:7.2f} ms")
    print(f"ratio                   {check_ms / true_ms:7.1f}")
    print(f"limit                   {LIMIT_MS:7.2f} ms, median of {ROUNDS}")
    if check_ms > LIMIT_MS:
        print("too slow")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
