#!/usr/bin/python3
"""check_layers.py [ROOT]: who includes whom, held against docs/layers.txt.

Reads every #include of the project's code, reports each one that the allowance does not grant,
each outside header that another folder owns, and each cycle. Tests and bench may include anything.
Exit code 0: the layers stand; 1: they do not.
"""
import re
import sys

import report

TOP_FOLDERS = ("base", "plan", "stdlib", "compiler", "runtime", "cli")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Layers:
    def __init__(self, text):
        self.allowed = {}
        self.owners = {}
        self.faults = []
        outside = False
        for number, line in enumerate(text.splitlines(), 1):
            line = line.split("#")[0].rstrip()
            if not line:
                continue
            if line == "outside:":
                outside = True
                continue
            name, colon, rest = line.partition(":")
            if not colon:
                self.faults.append(f"docs/layers.txt:{number}: `{line}` is not `NAME: …`")
                continue
            if outside:
                self.owners[name.strip()] = rest.split()
            else:
                self.allowed[name.strip()] = set(rest.split())
        for folder, others in self.allowed.items():
            for other in sorted(others - set(self.allowed)):
                self.faults.append(f"docs/layers.txt: `{folder}` may include `{other}`, "
                                   "which is no folder of this list")
        for library, folders in self.owners.items():
            for folder in folders:
                if folder not in self.allowed:
                    self.faults.append(f"docs/layers.txt: `{library}` is owned by `{folder}`, "
                                       "which is no folder of this list")

    def folder_of(self, path):
        """The longest listed folder that holds `path`, or None."""
        parts = path.split("/")[:-1]
        while parts:
            if "/".join(parts) in self.allowed:
                return "/".join(parts)
            parts.pop()
        return None

    def owned_library(self, header):
        for library in self.owners:
            if re.match(re.escape(library) + r"([./_-]|$)", header):
                return library
        return None


def find_cycle(edges):
    """One cycle of a graph {node: set of nodes} as a list, or None."""
    state = {}

    def visit(node, trail):
        state[node] = "open"
        for other in sorted(edges.get(node, ())):
            if state.get(other) == "open":
                return trail[trail.index(other):] + [other] if other in trail else [node, other]
            if other not in state:
                found = visit(other, trail + [other])
                if found:
                    return found
        state[node] = "done"
        return None

    for node in sorted(edges):
        if node not in state:
            found = visit(node, [node])
            if found:
                return found
    return None


def check_include(layers, path, number, bracket, header, seen):
    folder = layers.folder_of(path)
    top = header.split("/")[0]
    place = f"{path}:{number}"
    if top in ("tests", "bench", "examples"):
        return f"{place}: includes `{header}`; the program never includes its tests"
    if "/" in header and top in TOP_FOLDERS:
        target = layers.folder_of(header)
        if target is None:
            return f"{place}: `{header}` is in a folder that docs/layers.txt does not list"
        if target == folder:
            return None
        seen.setdefault(folder, set()).add(target)
        if target not in layers.allowed[folder]:
            return (f"{place}: `{folder}` includes `{header}`; docs/layers.txt does not allow "
                    f"it `{target}`")
        return None
    library = layers.owned_library(header)
    if library is not None:
        if folder not in layers.owners[library]:
            owners = " and ".join(f"`{owner}`" for owner in layers.owners[library])
            return f"{place}: includes `{header}`; `{library}` belongs to {owners}"
        return None
    return None


def check(root):
    layers = Layers((root / "docs/layers.txt").read_text(encoding="utf-8"))
    faults = list(layers.faults)
    seen = {}
    file_count = 0
    for top in TOP_FOLDERS:
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cpp", ".def"):
                continue
            file_count += 1
            path = file.relative_to(root).as_posix()
            if layers.folder_of(path) is None:
                faults.append(f"{path}:1: its folder is not listed in docs/layers.txt")
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                match = INCLUDE.match(line)
                if match:
                    fault = check_include(layers, path, number, match[1], match[2], seen)
                    if fault:
                        faults.append(fault)
    for what, edges in (("docs/layers.txt", layers.allowed), ("the includes", seen)):
        cycle = find_cycle(edges)
        if cycle:
            faults.append(f"{what}: a cycle: " + " -> ".join(cycle))
    return faults, file_count, sum(len(targets) for targets in seen.values())


if __name__ == "__main__":
    sys.exit(report.run(check, "layers: {} files, {} edges between folders", "no code found"))
