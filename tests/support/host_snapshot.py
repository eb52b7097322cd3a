#!/usr/bin/python3
"""What a host tree is, as text that can be compared.

host_snapshot.py print DIR
    one line for each object: path, type, mode, owner, size or link target, modification time in
    nanoseconds, SHA-256 of the content, extended attributes (access lists are such). A SQLite
    database (*.db) is told by its dump and its integrity check, not by its bytes and times. Of
    var/lib/upgraph only the folder itself is told, without its time: the program keeps its own
    records there.
    With --without-markers the rows by which `sql.migrate` marks a run are left out: they bear the
    run's id.
host_snapshot.py compare A.snap B.snap [--brief] [--ignore-times-of-changed REF.snap]
    prints each difference (--brief: which fields, without their values); the last line says how many objects are equal. With REF, the
    modification time of a folder is not compared when the entries of that folder differ between A
    and REF, as the folder was written to on the way there and back.

host_snapshot.py serve
    reads lines `whole DIR` or `without-markers DIR`, and answers each with what `print` would say and
    an empty line.

Exit code 0: done, or equal; 1: different; 2: wrong use, or DIR cannot be read whole.
"""
import hashlib
import os
import stat
import subprocess
import sys

OWN_FOLDER = "var/lib/upgraph"
FIELDS = ("type", "mode", "owner", "size", "mtime", "sha256", "xattrs")
TYPES = ((stat.S_ISDIR, "folder"), (stat.S_ISREG, "file"), (stat.S_ISLNK, "link"),
         (stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "char"),
         (stat.S_ISBLK, "block"))


def quoted(name):
    """A path or target on one line, whatever bytes are in it; blanks separate fields."""
    raw = os.fsencode(name)
    return "".join(chr(byte) if 0x21 <= byte < 0x7f and byte != 0x25 else f"%{byte:02x}"
                   for byte in raw)


def file_digest(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


WITHOUT_MARKERS = False  # set once, by main


def database_digest(path):
    """Of the dump and the integrity check. Opened read-only: a look leaves no trace."""
    uri = "file:" + "".join(c if c.isalnum() or c in "/._-" else f"%{ord(c):02x}" for c in path)
    done = subprocess.run(["sqlite3", "-readonly", uri + "?mode=ro", ".dump",
                           "PRAGMA integrity_check;", "PRAGMA foreign_key_check;",
                           "PRAGMA user_version;"],
                          capture_output=True, check=False)
    if done.returncode != 0 or done.stderr:
        return "unreadable:" + hashlib.sha256(done.stdout + done.stderr).hexdigest()
    text = done.stdout
    if WITHOUT_MARKERS:
        text = b"\n".join(line for line in text.split(b"\n") if b"upgraph_marker" not in line)
    return hashlib.sha256(text).hexdigest()


def xattrs(path):
    try:
        names = sorted(os.listxattr(path, follow_symlinks=False))
    except OSError:
        return "-"
    return ",".join(f"{quoted(name)}={os.getxattr(path, name, follow_symlinks=False).hex()}"
                    for name in names) or "-"


def describe(path, relative):
    status = os.lstat(path)
    kind = next((name for is_kind, name in TYPES if is_kind(status.st_mode)), "other")
    size, mtime, digest = "-", str(status.st_mtime_ns), "-"
    if kind == "link":
        size = quoted(os.readlink(path))
    elif kind == "file" and relative.endswith(".db"):
        kind, mtime, digest = "database", "-", database_digest(path)
    elif kind == "file":
        size, digest = str(status.st_size), file_digest(path)
    elif kind in ("char", "block"):
        size = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    if relative == OWN_FOLDER:
        mtime = "-"
    return (f"{quoted(relative)} {kind} {stat.S_IMODE(status.st_mode):04o} "
            f"{status.st_uid}:{status.st_gid} {size} {mtime} {digest} {xattrs(path)}")


def snapshot(root):
    """Every line, in order of path. Raises OSError when a part cannot be read."""
    lines = []

    def visit(path, relative):
        lines.append(describe(path, relative))
        if relative == OWN_FOLDER:
            return
        if stat.S_ISDIR(os.lstat(path).st_mode):
            for name in sorted(os.listdir(path)):
                child = name if relative == "." else f"{relative}/{name}"
                visit(os.path.join(path, name), child)

    visit(root, ".")
    return lines


def read_snapshot(file):
    objects = {}
    with open(file, encoding="ascii") as lines:
        for line in lines:
            path, *fields = line.rstrip("\n").split(" ")
            if len(fields) != len(FIELDS) or path in objects:
                raise ValueError(f"{file}: no snapshot: {line!r}")
            objects[path] = dict(zip(FIELDS, fields))
    if not objects:
        raise ValueError(f"{file}: an empty snapshot")
    return objects


def entries_by_folder(objects):
    found = {}
    for path in objects:
        if path != ".":
            parent, _, name = path.rpartition("/")
            found.setdefault(parent or ".", set()).add((name, objects[path]["type"],
                                                        objects[path]["size"],
                                                        objects[path]["sha256"]))
    return found


def compare(a, b, reference=None, brief=False):
    """(differences as text, number of equal objects)."""
    excused = set()
    if reference is not None:
        entries, others = entries_by_folder(a), entries_by_folder(reference)
        excused = {path for path in a if a[path]["type"] == "folder"
                   and entries.get(path) != others.get(path)}
    differences, equal = [], 0
    for path in sorted(set(a) | set(b)):
        if path not in b:
            differences.append(f"gone: {path} ({a[path]['type']})")
        elif path not in a:
            differences.append(f"new: {path} ({b[path]['type']})")
        else:
            fields = [field for field in FIELDS if a[path][field] != b[path][field]
                      and not (field == "mtime" and path in excused)]
            if fields:
                differences.append(f"changed: {path}: " + ", ".join(
                    field if brief else f"{field} {a[path][field]} -> {b[path][field]}"
                    for field in fields))
            else:
                equal += 1
    return differences, equal


def serve():
    global WITHOUT_MARKERS
    for line in sys.stdin:
        what, _, root = line.rstrip("\n").partition(" ")
        WITHOUT_MARKERS = what == "without-markers"
        print("\n".join(snapshot(root)), end="\n\n", flush=True)


def main(arguments):
    global WITHOUT_MARKERS
    WITHOUT_MARKERS = "--without-markers" in arguments
    arguments = [argument for argument in arguments if argument != "--without-markers"]
    reference = None
    brief = "--brief" in arguments
    arguments = [argument for argument in arguments if argument != "--brief"]
    if "--ignore-times-of-changed" in arguments:
        place = arguments.index("--ignore-times-of-changed")
        if place + 1 == len(arguments):
            return 2
        reference = arguments[place + 1]
        arguments = arguments[:place] + arguments[place + 2:]
    try:
        if arguments == ["serve"]:
            serve()
            return 0
        if len(arguments) == 2 and arguments[0] == "print":
            print("\n".join(snapshot(arguments[1])))
            return 0
        if len(arguments) == 3 and arguments[0] == "compare":
            differences, equal = compare(read_snapshot(arguments[1]), read_snapshot(arguments[2]),
                                         read_snapshot(reference) if reference else None, brief)
            for difference in differences:
                print(difference)
            print(f"{equal} objects equal" + (f", {len(differences)} different" if differences
                                              else ""))
            return 1 if differences else 0
    except (OSError, ValueError) as error:
        print(f"host_snapshot: {error}", file=sys.stderr)
        return 2
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
