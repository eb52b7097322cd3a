"""The example webshop where its services run: under a real systemd, beside a real PostgreSQL server.
Ends with 77 where no systemd can be booted."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import box

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOST_TOOL = ROOT / "tests/support/systemd_host.sh"
WORKERS = [f"webshop-worker@{queue}.service" for queue in ("invoices", "mail", "search")]

# The scratch host becomes the machine itself. The program meets its folders below another root: it
# takes no package for this system that is not signed.
MAKE_MACHINE = """
set -e
cd /run/share
webshop/cluster.sh start /run/share/server
PGHOST=/run/share/server webshop/make_host.sh tree
cp -a tree/. /
systemctl daemon-reload
systemctl start webshop-web.service webshop-worker.service
for folder in etc opt run srv tmp var; do
  mkdir -p /mnt/shop/$folder
  mount --rbind /$folder /mnt/shop/$folder
done
"""


ASK = """
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8000/health", timeout=5).read().decode())
"""


class WebshopLive(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="upgraph-systemd-")
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.machine = os.path.join(self.top, "machine")
        started = subprocess.run([HOST_TOOL, "start", self.machine], capture_output=True, text=True,
                                 check=False)
        if started.returncode != 0:
            print("no systemd can be booted here:", started.stderr, file=sys.stderr)
            sys.exit(77)
        self.addCleanup(subprocess.run, [HOST_TOOL, "stop", self.machine], check=False)
        self.share = os.path.join(self.machine, "share")
        shutil.copy(box.PROGRAM, os.path.join(self.share, "upgraph"))
        shutil.copytree(ROOT / "examples/webshop", os.path.join(self.share, "webshop"))
        made = self.inside("/bin/sh", "-c", MAKE_MACHINE)
        self.assertEqual(made.code, 0, made)

    def inside(self, *command):
        done = subprocess.run([HOST_TOOL, "run", self.machine, *command], capture_output=True,
                              text=True, timeout=240, check=False)
        return box.Result(done.returncode, done.stdout, done.stderr)

    def upgraph(self, verb, *words):
        return self.inside("/run/share/upgraph", verb, *words, "--root", "/mnt/shop", "--yes")

    def apply(self):
        return self.upgraph("apply", "/run/share/webshop/webshop.upg")

    def active(self):
        found = self.inside("systemctl", "list-units", "--plain", "--no-legend", "--state=active",
                            "webshop-*.service")
        return sorted(line.split()[0] for line in found.out.splitlines())

    def answer(self):
        """What the shop says that it is. A program that was just started takes a moment."""
        end = time.monotonic() + 30
        while True:
            asked = self.inside("/usr/bin/python3", "-c", ASK)
            if asked.code == 0 or time.monotonic() > end:
                self.assertEqual(asked.code, 0, asked)
                return asked.out.strip()

    def test_there_and_back(self):
        self.assertEqual(self.active(), ["webshop-web.service", "webshop-worker.service"])
        result = self.apply()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.answer(), "webshop 25.10")
        self.assertEqual(self.active(), ["webshop-web.service", *WORKERS])

        result = self.upgraph("rollback")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.answer(), "webshop 24.04")
        self.assertEqual(self.active(), ["webshop-web.service", "webshop-worker.service"])

    def test_a_release_that_does_not_answer_turns_back_three_hops(self):
        os.remove(os.path.join(self.share, "webshop/payload/25.10/program/www/health"))
        box.write(os.path.join(self.share, "webshop/payload/25.10/program/www/other"), "")
        spec = os.path.join(self.share, "webshop/shop/service.upg")
        with open(spec, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("within: 30s", text)
        box.write(spec, text.replace("within: 30s", "within: 5s"))
        result = self.apply()
        self.assertEqual(result.code, 3, result)
        self.assertIn("http.expect", result.out)
        self.assertEqual(self.answer(), "webshop 24.04")
        self.assertEqual(self.active(), ["webshop-web.service", "webshop-worker.service"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
