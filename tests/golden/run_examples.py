#!/usr/bin/python3
"""run_examples.py UPGRAPH: every spec of examples/ is as a reader may take it for.

 - examples/NAME/NAME.upg compiles without a word, also with warnings as errors, and `--check` of the
   formatter has nothing to say about it or its modules
 - it has at least TESTS_MIN tests, one for the way there and one for a way back, and all of them pass
 - the way of each of its releases can be planned, and drawn in each form, there and back
 - where there is a make_host.sh and this program can run the steps, a real tree goes there and back:
   after `rollback` it is what it was before `apply`, and so is the database on a PostgreSQL server that
   cluster.sh starts, where there is one

A broken copy of each spec, one whose first test expects another end, must not pass.
"""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import cluster  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SNAPSHOT = ROOT / "tests/support/host_snapshot.py"
EXAMPLES_MIN = 4
TESTS_MIN = 4
SHOWN_MAX = 20
# What the text of a drawing begins with.
GRAPHS = {"dot": "digraph", "mermaid": "---\ntitle:", "svg": "<?xml"}


class Fault(Exception):
    """What an example fails by."""


def run(upgraph, *words, cwd, expected=0):
    done = subprocess.run([upgraph, *words], cwd=cwd, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    if done.returncode != expected:
        raise Fault(f"`upgraph {' '.join(words)}` ends with exit code {done.returncode}, expected "
                    f"{expected}:\n{done.stdout}")
    return done.stdout


def check_text(upgraph, spec):
    said = run(upgraph, "check", "-Werror", spec.name, cwd=spec.parent)
    lines = said.splitlines()
    if not lines or not all(line.startswith("good: ") for line in lines):
        raise Fault(f"`upgraph check` has something to say:\n{said}")
    run(upgraph, "fmt", "--check", ".", cwd=spec.parent)


def check_tests(upgraph, spec):
    report = json.loads(run(upgraph, "test", "--format", "json", spec.name, cwd=spec.parent))
    count = sum(len(entry["tests"]) for entry in report["specs"])
    text = spec.read_text(encoding="utf-8")
    if count < TESTS_MIN or count != len(re.findall(r"^test ", text, re.M)):
        raise Fault(f"{count} tests were played of {len(re.findall('^test ', text, re.M))}; at "
                    f"least {TESTS_MIN} are expected")
    ends = set(re.findall(r"^  then +(\w+)", text, re.M))
    if not {"done", "rolled_back"} <= ends:
        raise Fault(f"no test of the way there, or none of the way back, only {sorted(ends)}")


def check_that_tests_can_fail(upgraph, spec, scratch):
    copy = scratch / "broken"
    shutil.copytree(spec.parent, copy)
    text, count = re.subn(r"^(  then +)done\b", r"\1rolled_back",
                          spec.read_text(encoding="utf-8"), count=1, flags=re.M)
    if count != 1:
        raise Fault("no test that ends well")
    (copy / spec.name).write_text(text, encoding="utf-8")
    run(upgraph, "test", spec.name, cwd=copy, expected=1)


def check_drawings(upgraph, spec):
    run(upgraph, "matrix", spec.name, cwd=spec.parent)
    paths = run(upgraph, "paths", spec.name, cwd=spec.parent)
    ways = [line for line in paths.splitlines() if "->" in line and "only with --to" not in line]
    if not ways:
        raise Fault(f"no way was found in:\n{paths}")
    for start in [way.split()[0] for way in ways]:
        run(upgraph, "plan", "--from", start, spec.name, cwd=spec.parent)
        for form, head in GRAPHS.items():
            for side in ([], ["--back"]):
                said = run(upgraph, "graph", "--as", form, "--from", start, *side, spec.name,
                           cwd=spec.parent)
                if not said.startswith(head):
                    raise Fault(f"the graph as {form} begins with {said[:60]!r}")
                if form == "svg":
                    xml.etree.ElementTree.fromstring(said)


class Host:
    """A tree, and a server with its database where the example needs one."""

    def __init__(self, spec, path):
        self.spec, self.path, self.cluster = spec, path, None
        text = "\n".join(part.read_text(encoding="utf-8") for part in spec.parent.rglob("*.upg"))
        # The way back of a command leaves new times behind; that of the library's steps does not.
        self.has_commands = re.search(r"^  do ", text, re.M) is not None
        # What was announced stays so.
        self.told = re.findall(r'channels\.file\("/([^"]+)"\)', text)
        self.release_file = re.search(r'installed +files\.first_line\("/([^"]+)"\)', text)[1]

    def make(self):
        if (self.spec.parent / "cluster.sh").is_file():
            self.cluster = cluster.Cluster()
        subprocess.run([self.spec.parent / "make_host.sh", self.path], stdin=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60, check=True,
                       env=self.cluster.environment if self.cluster else None)

    def close(self):
        if self.cluster:
            self.cluster.close()

    def release(self):
        return (self.path / self.release_file).read_text(encoding="utf-8").splitlines()[0]

    def state(self):
        done = subprocess.run(["/usr/bin/python3", "-B", SNAPSHOT, "print", self.path], text=True,
                              stdout=subprocess.PIPE, timeout=60, check=True)
        lines = [line.split(" ") for line in done.stdout.splitlines()]
        lines = [line for line in lines if line[0] not in self.told]
        if self.has_commands:
            lines = [line[:5] + line[6:] for line in lines]
        state = {" ".join(line) for line in lines}
        return state | self.cluster.state(self.spec.stem) if self.cluster else state


def check_host(upgraph, spec, scratch):
    if not (spec.parent / "make_host.sh").is_file():
        return
    package = scratch / "package.zip"
    run(upgraph, "pack", spec.name, "-o", str(package), cwd=spec.parent)
    with contextlib.closing(Host(spec, scratch / "host")) as host:
        host.make()
        before, release = host.state(), host.release()
        run(upgraph, "apply", str(package), "--root", str(host.path), "--yes", "--not-durable",
            cwd=scratch)
        if host.release() == release or host.state() == before:
            raise Fault(f"the host is still at {release}")
        run(upgraph, "rollback", "--root", str(host.path), "--yes", cwd=scratch)
        changed = sorted(before ^ host.state())
    if changed:
        raise Fault(f"taken back, the host is not what it was, {len(changed)} differences:\n"
                    + "\n".join(changed[:SHOWN_MAX]))


def judge(upgraph, spec):
    """The fault of an example; None when there is none."""
    try:
        if not spec.is_file():
            raise Fault("there is no such file")
        with tempfile.TemporaryDirectory(prefix="upgraph-example.") as name:
            check_text(upgraph, spec)
            check_tests(upgraph, spec)
            check_that_tests_can_fail(upgraph, spec, pathlib.Path(name))
            check_drawings(upgraph, spec)
            check_host(upgraph, spec, pathlib.Path(name))
    except (Fault, KeyError, ValueError, subprocess.SubprocessError, xml.etree.ElementTree.ParseError) as fault:
        return str(fault) or type(fault).__name__
    return None


def main():
    upgraph = os.path.realpath(sys.argv[1])
    folders = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())
    specs = [folder / f"{folder.name}.upg" for folder in folders]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        faults = list(pool.map(lambda spec: judge(upgraph, spec), specs))
    for spec, fault in zip(specs, faults):
        if fault:
            print(f"--- {spec.relative_to(ROOT)}\n{fault}")
    bad = sum(fault is not None for fault in faults)
    if len(specs) < EXAMPLES_MIN:
        print(f"only {len(specs)} examples")
        bad += 1
    print(f"examples: {len(specs)}, {bad} at fault")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
