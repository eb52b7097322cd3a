"""A PostgreSQL server of a test's own, started by the example's cluster.sh, and what it holds."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "examples/webshop/cluster.sh"


class Cluster:
    def __init__(self):
        # Whom the server belongs to must get to its folder.
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="upgraph-cluster-"))
        os.chmod(self.folder, 0o755)
        self.socket = os.path.join(self.folder, "server")
        self.environment = os.environ | {"PGHOST": self.socket}
        self.is_up = False
        self.start()

    def start(self):
        self._run("start")
        self.is_up = True

    def stop(self):
        if self.is_up:
            self._run("stop")
            self.is_up = False

    def die(self, verb):
        """`kill`: the server gets SIGKILL; `abort`: it ends in the middle of everything."""
        self._run(verb)
        self.is_up = False

    def restart(self):
        self._run("restart")
        self.is_up = True

    def close(self):
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, verb):
        subprocess.run([SCRIPT, verb, self.socket], stdin=subprocess.DEVNULL, timeout=60, check=True)

    def ask(self, database, *queries):
        """What the last of the queries answers, as text."""
        commands = [word for query in queries for word in ("-c", query)]
        return self._output("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, *commands).strip()

    def state(self, database):
        """Tables, rules and rows, as lines in any order: rows that were written and taken back have
        moved. A dump begins and ends with a word that is another each time."""
        dump = self._output("pg_dump", "--inserts", database)
        return {line for line in dump.splitlines() if not re.match(r"\\(un)?restrict ", line)}

    def _output(self, program, *words):
        done = subprocess.run([program, "-U", "postgres", *words], text=True, stdout=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, env=self.environment, timeout=60, check=True)
        return done.stdout
