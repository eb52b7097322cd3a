"""A small product, `box`, its hosts, and the program under test."""

import json
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from hashlib import sha256

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "upgraph"

SPEC = """\
import std.files

product box {
  versions   semver
  installed  files.first_line("/etc/box/release")
  releases   v1.0.0, v2.0.0
}

/// Waits for the file `go` on the host, so that a test decides when it ends.
step wait_for_go(tool: Path, file: Path) {
  phases   switch
  reads    file(tool)
  writes   file(file)
  reverses by compensation
  takes    1s
  timeout  60s
  do       [tool, "do", file]
  undo     [tool, "undo", file]
  observe  [tool, "observe", file]
}

upgrade v1.0 ..< v2.0 -> v2.0.0 {
  window    1h
  downtime  5m

  prepare {
    files.install("payload/opt/box", to: "/opt/box-2")
  }
  switch {
    files.link("/opt/box", to: "/opt/box-2")
    wait_for_go("/usr/lib/box/wait", "/var/lib/box/went")
    files.install("payload/release", to: "/etc/box/release")
  }
  verify {
    files.expect("/etc/box/release", contains: "2.0.0")
  }
}
"""

# `waiting` says that it began; without `go` it ends after a minute by its timeout. `undoing` and
# `slow` are the same of the way back.
WAIT_TOOL = """\
#!/bin/sh
file=$ROOT$2
case $1 in
  do)
    : > "$file.part"
    : > "$ROOT/waiting"
    while [ ! -e "$ROOT/go" ]; do sleep 0.02; done
    mv "$file.part" "$file"
    ;;
  undo)
    : > "$ROOT/undoing"
    while [ -e "$ROOT/slow" ]; do sleep 0.02; done
    rm -f "$file" "$file.part"
    ;;
  observe)
    if [ -e "$file" ]; then exit 0; fi
    if [ -e "$file.part" ]; then exit 2; fi
    exit 1
    ;;
esac
"""

STATE = "var/lib/upgraph"
MARKERS = ("waiting", "go", "undoing", "slow")


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def snapshot(root, without=(STATE, *MARKERS)):
    """Everything that `exactly` means: type, mode, owner, time, attributes, content, link target."""
    found = {}
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(folders + files) + ([""] if folder == root else []):
            path = os.path.join(folder, name) if name else folder
            key = os.path.relpath(path, root)
            if any(key == skip or key.startswith(skip + "/") for skip in without):
                continue
            status = os.lstat(path)
            what = [stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), status.st_uid,
                    status.st_gid]
            # The markers of the tests change the times of these two, and the state folder a third.
            if key not in (".", "var", "var/lib"):
                what.append(status.st_mtime_ns)
            what.append(sorted((x, os.getxattr(path, x, follow_symlinks=False))
                               for x in os.listxattr(path, follow_symlinks=False)))
            if stat.S_ISLNK(status.st_mode):
                what.append(os.readlink(path))
            elif stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    what.append(file.read())
            found[key] = what
    return found


def accepting(arguments):
    """Where the temporary folder lies in memory a run has to accept that."""
    return (*arguments, "--not-durable") if arguments[:1] == ("apply",) else arguments


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit {self.code}\n--- out\n{self.out}--- err\n{self.err}"


class BoxTest(unittest.TestCase):
    """A fresh folder with the spec and a host at 1.0.0 for each case."""

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="upgraph-test-"))
        self.spec = os.path.join(self.folder, "box.upg")
        self.host = os.path.join(self.folder, "host")
        write(self.spec, SPEC)
        write(os.path.join(self.folder, "payload/release"), "2.0.0\n")
        write(os.path.join(self.folder, "payload/opt/box/boxd"), "#!/bin/sh\necho 2\n", 0o755)
        self.make_host()

    def tearDown(self):
        self.remove_markers()
        self.go()
        self.end_runner()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_host(self):
        write(os.path.join(self.host, "etc/box/release"), "1.0.0\n")
        write(os.path.join(self.host, "usr/lib/box/wait"), WAIT_TOOL, 0o755)
        write(os.path.join(self.host, "opt/box-1/boxd"), "#!/bin/sh\necho 1\n", 0o755)
        os.symlink("/opt/box-1", os.path.join(self.host, "opt/box"))
        for folder in ("var/lib/box", "tmp"):
            os.makedirs(os.path.join(self.host, folder))

    def run_program(self, *arguments, stdin=None, env=None, cwd=None):
        done = subprocess.run([PROGRAM, *accepting(arguments)], input=stdin, capture_output=True, text=True,
                              timeout=120, env=env, cwd=cwd or self.folder, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def start_program(self, *arguments, **options):
        return subprocess.Popen([PROGRAM, *accepting(arguments)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                cwd=self.folder, **options)

    def pack(self):
        result = self.run_program("pack", "box.upg")
        self.assertEqual(result.code, 0, result)
        return os.path.join(self.folder, "Full-upgrade-package-box.zip")

    def go(self):
        if os.path.isdir(self.host):
            write(os.path.join(self.host, "go"), "")

    def assert_in_no_file(self, secret, but):
        """Nothing that the test has made holds it, but for the one file where it has its place."""
        for folder, _, files in os.walk(self.folder):
            for name in files:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not path.endswith(but):
                    with open(path, "rb") as file:
                        self.assertNotIn(secret.encode(), file.read(), path)

    def remove_markers(self):
        for name in MARKERS:
            if os.path.exists(os.path.join(self.host, name)):
                os.remove(os.path.join(self.host, name))

    def wait_until(self, condition, what, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.01)
        self.fail(f"waited {seconds} s in vain: {what}")

    def wait_for_marker(self, name):
        self.wait_until(lambda: os.path.exists(os.path.join(self.host, name)), name)

    def wait_for_step(self):
        """Until the step that waits for `go` is at work."""
        self.wait_for_marker("waiting")

    def runner_pid(self):
        """The process that carries the run, from its progress file; None when there is none."""
        runs = os.path.join(self.host, STATE, "runs")
        for run in sorted(os.listdir(runs)) if os.path.isdir(runs) else []:
            path = os.path.join(runs, run, "progress.jsonl")
            if not os.path.exists(path):
                continue
            with open(path, encoding="utf-8") as file:
                started = [json.loads(line) for line in file if line.endswith("\n")
                           and '"runner-started"' in line]
            if started and is_alive(started[-1]):
                return started[-1]["pid"]
        return None

    def end_runner(self):
        pid = self.runner_pid()
        if pid is not None:
            self.wait_until(lambda: self.runner_pid() is None, "the runner ends", 90)

    def kill_runner(self):
        pid = self.runner_pid()
        self.assertIsNotNone(pid)
        os.kill(pid, signal.SIGKILL)
        self.wait_until(lambda: self.runner_pid() is None, "the runner is dead")

    def release(self):
        with open(os.path.join(self.host, "etc/box/release"), encoding="utf-8") as file:
            return file.read().strip()

    def runs(self):
        result = self.run_program("history", "--root", self.host, "--format", "json")
        self.assertEqual(result.code, 0, result)
        return json.loads(result.out)["runs"]


def is_alive(started):
    try:
        with open(f"/proc/{started['pid']}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return False
    return fields[0] != "Z" and int(fields[19]) == started["start_ticks"]


# ---- packages that nobody packed ----

EXTRA = b"UT" + struct.pack("<HBI", 5, 1, 1577836800) + b"ux" + struct.pack("<HBBIBI", 11, 1, 4, 0,
                                                                             4, 0)


def read_package(path):
    """[(name, mode, content)], in order."""
    import zipfile
    with zipfile.ZipFile(path) as package:
        return [(info.filename, info.external_attr >> 16, package.read(info))
                for info in package.infolist()]


def write_package(path, entries):
    """A zip as `pack` writes it, of any entries: stored, but for the manifest."""
    body, directory = b"", b""
    for name, mode, content in entries:
        is_deflated = name == "manifest.json"
        packed = content
        if is_deflated:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = deflate.compress(content) + deflate.flush()
        version = 20 if is_deflated else 10
        common = struct.pack("<HHHHHIIIHH", version, 0, 8 if is_deflated else 0, 0, 0x5021,
                             zlib.crc32(content), len(packed), len(content), len(name),
                             len(EXTRA))
        directory += (b"PK\1\2" + struct.pack("<H", 3 << 8 | version) + common
                      + struct.pack("<HHHII", 0, 0, 0, mode << 16, len(body)) + name.encode()
                      + EXTRA)
        body += b"PK\3\4" + common + name.encode() + EXTRA + packed
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory),
                                  len(body), 0)
    with open(path, "wb") as file:
        file.write(body + directory + end)


def replace_plan(path, plan):
    """The same package with another plan, and a manifest that says so."""
    entries = []
    for name, mode, content in read_package(path):
        if name == "manifest.json":
            manifest = json.loads(content)
            manifest["plan_digest"] = sha256(plan).hexdigest()
            for entry in manifest["entries"]:
                if entry["path"] == "plan.bin":
                    entry["size"] = len(plan)
                    entry["sha256"] = manifest["plan_digest"]
            content = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
        entries.append((name, mode, plan if name == "plan.bin" else content))
    write_package(path, entries)


def plan_of(path):
    return next(content for name, _, content in read_package(path) if name == "plan.bin")


def with_format_version(plan, version):
    """The plan with another number in the first field of its root table, and the digest right."""
    body = bytearray(plan[:-32])
    table = struct.unpack_from("<I", body, 0)[0]
    vtable = table - struct.unpack_from("<i", body, table)[0]
    field = table + struct.unpack_from("<H", body, vtable + 4)[0]
    struct.pack_into("<I", body, field, version)
    return bytes(body) + sha256(bytes(body)).digest()
