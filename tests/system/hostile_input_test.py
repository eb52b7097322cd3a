"""Texts that are made to hurt: each is answered soon, in little memory, with a place.

The limits are those of the whole process, measured by the kernel: seconds of the processor, and the
largest resident size. They leave room for builds without optimization.
"""

import os
import resource
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
MIB = 1 << 20
HEAD = """import std.files
product p {
  installed files.first_line("/r")
  releases v1.0.0, v2.0.0
}
"""


def spec(switch):
    return HEAD + "upgrade v1.0 ..< v2.0 -> v2.0.0 {\n  downtime 30d\n  switch {\n" + switch + "  }\n}\n"


class Answer:
    def __init__(self, code, output, seconds, mib):
        self.code, self.output, self.seconds, self.mib = code, output, seconds, mib

    def __repr__(self):
        return f"exit {self.code}, {self.seconds:.1f} s, {self.mib} MiB\n{self.output[:2000]}"


class HostileInput(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "x.upg")

    def check(self, text, seconds, mib):
        """What `upgraph check` answers; it may not die, hang, or take more than that."""
        with open(self.path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return self.run_check(seconds, mib)

    def run_check(self, seconds, mib):
        def bound():
            resource.setrlimit(resource.RLIMIT_CPU, (seconds + 5, seconds + 5))
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen([PROGRAM, "check", "x.upg"], cwd=self.folder.name,
                                       stdout=output, stderr=subprocess.STDOUT, preexec_fn=bound)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            answer = Answer(process.returncode, output.read().decode(),
                            usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)
        self.assertIn(answer.code, (0, 1), answer)
        self.assertLess(answer.seconds, seconds, answer)
        self.assertLess(answer.mib, mib, answer)
        return answer

    def refused(self, text, words, seconds=10, mib=300):
        answer = self.check(text, seconds, mib)
        self.assertEqual(answer.code, 1, answer)
        for word in words if isinstance(words, (list, tuple)) else [words]:
            self.assertIn(word, answer.output, answer)
        self.assertLess(len(answer.output), MIB, "an answer that nobody can read")
        return answer

    # ---- row 49: nesting ----

    def test_a_million_brackets(self):
        for opening, closing in (("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("[[", "]]"),
                                 ("block {\n", "}\n"), ("f(a: [", "])"), ("([{", "}])")):
            for text in (opening * 1_000_000, opening * 500_000 + closing * 500_000):
                answer = self.refused("let a = " + text + "\n", ["x.upg:", "[too-large]", "256"])
                self.assertLess(answer.seconds, 5, answer)

    def test_a_million_closing_brackets(self):
        for closing in ")]}":
            self.refused("let a = " + closing * 1_000_000, ["x.upg:1:9:", "[unbalanced-bracket]"])

    def test_a_million_signs_before_a_value(self):
        for sign in ("not ", "-", "not -", "1 + "):
            self.refused("let a = " + sign * 1_000_000 + "true\n", "x.upg:1:", seconds=60, mib=3000)

    # ---- row 50: size ----

    def test_a_hundred_megabytes(self):
        for line in ("x" * MIB, '"' + "x" * MIB, "// " + "x" * MIB, "a\n" * (MIB // 2)):
            with open(self.path, "w", encoding="ascii") as file:
                for _ in range(100):
                    file.write(line)
            answer = self.run_check(seconds=10, mib=300)
            self.assertEqual(answer.code, 1, answer)
            self.assertIn("[too-large]", answer.output, answer)
            self.assertIn("33554432 bytes (32 MiB)", answer.output, answer)

    def test_the_longest_line_that_is_read(self):
        size = 32 * MIB - 100
        self.refused("let a = " + "x" * size + "\n", ["x.upg:1:9:", "[unknown-name]"], seconds=30)
        self.refused('let a = "' + "x" * size + "\n", ["x.upg:1:9:", "[unterminated-text]"],
                     seconds=30)
        self.refused("let " + " " * size + "=\n", "x.upg:1:", seconds=30)

    def test_a_million_steps_and_one_more(self):
        step = '    files.remove("/a")\n'
        answer = self.refused(spec(step * 1_000_001), ["x.upg:", "[too-large]", "1000000"],
                              seconds=240, mib=5000)
        self.assertIn("error", answer.output)

    # ---- row 51: lines that cost more than they are long ----

    def test_twice_the_text_takes_twice_the_time(self):
        for name, make in (
                ("blanks, then blocks", lambda n: " " * n + "{}" * n),
                ("blocks, then blanks", lambda n: "{}" * n + " " * n),
                ("lists in a list", lambda n: "let a = [" + "[[1]], " * n + "]\n"),
                ("calls in a call", lambda n: "let a = f(" + "g(1), " * n + ")\n"),
                ("escapes without an end", lambda n: 'let a = "' + "\\u" * n + '"\n'),
                ("open texts", lambda n: "let a = " + '" \\" ' * n + "\n"),
                ("comments of C", lambda n: "/* */ " * n + "\n"),
                ("semicolons", lambda n: "let a = 1; " * n + "\n"),
                ("unknown steps", lambda n: spec("files.nothing()\n" * n)),
                ("unknown names", lambda n: "".join(f"let a{i} = b{i}\n" for i in range(n))),
                ("one name many times", lambda n: "let a = 1\n" * n),
                ("damaged lines", lambda n: spec("a b c\n" * n))):
            with self.subTest(name):
                small = self.check(make(20_000), 60, 3000).seconds
                large = self.check(make(80_000), 60, 3000).seconds
                # Four times the text; where the small one takes no time, starting counts most.
                self.assertLess(large, 7 * max(small, 0.1), (small, large))

    # ---- row 52: characters ----

    def test_bytes_that_are_no_text(self):
        for text, column in ((b"\xff", 9), (b"\xc0\xaf", 9), (b"\xed\xa0\x80", 9), (b"\x00", 9),
                             (b"\xf4\x90\x80\x80", 9), (b"\xe2\x80\xae", 9), (b"\xe2\x81\xa6", 9),
                             (b"\xe2\x80\x8d", 9), (b"\xc2\xad", 9), (b"\xf3\xa0\x81\x81", 9)):
            for quote in (b'"', b"'"):
                self.refused(b"let a = " + text + b"\n", [f"x.upg:1:{column}:", "[bad-encoding]"])
                self.refused(b"let a = " + quote + text + quote + b"\n",
                             [f"x.upg:1:{column + 1}:", "[bad-encoding]"])
        self.refused(bytes(range(256)) * 4096, "[bad-encoding]")
        self.refused(b"\x00" * (1 << 20), "x.upg:1:1:")
        self.refused("let p\u0430th = 1\n", ["x.upg:1:6:", "U+0430", "looks like `a`"])

    # ---- row 53: numbers, names, circles ----

    def test_numbers_that_are_too_large(self):
        for number in ("9223372036854775808", "1" * 1_000_000, "9" * 30 + "d", "1h" * 300_000,
                       "99999999999999999999GiB", "1" * 400_000 + "." + "1" * 400_000,
                       "1" * 100_000 + "%"):
            self.refused(f"let a = {number}\n", ["x.upg:1:9:"])
        self.refused(spec('files.expect("/a", within: 999999999d)\n'), "x.upg:")

    def test_names_that_are_there_twice(self):
        for text in ("let a = 1\n", "step a() {\n}\n", 'config a = config.ini("/a") {\n}\n',
                     "import std.files\n"):
            self.refused(HEAD + text * 2, "x.upg:")

    def test_steps_that_hold_themselves(self):
        self.refused(spec("a()\n") + "step a() {\n steps {\n b()\n}\n}\nstep b() {\n steps {\n a()\n}\n}\n",
                     ["x.upg:", "[recursion]"])
        self.refused(HEAD + "let a = b\nlet b = a\n", "x.upg:")

    def test_steps_that_double_forty_times(self):
        text = "step s0() {\n steps {\n files.remove(\"/a\")\n}\n}\n"
        for i in range(1, 41):
            text += f"step s{i}() {{\n steps {{\n s{i - 1}()\n s{i - 1}()\n}}\n}}\n"
        self.refused(spec("s40()\n") + text, ["x.upg:", "[too-large]"], seconds=120, mib=5000)

    def test_a_text_that_doubles_forty_times(self):
        text = 'let a0 = "xxxxxxxxxx"\n'
        for i in range(1, 41):
            text += f'let a{i} = "${{a{i - 1}}}${{a{i - 1}}}"\n'
        self.refused(HEAD + text, "x.upg:", seconds=60, mib=2000)

    def test_loops_in_loops(self):
        self.refused(spec("for a: Int in [" + "1, " * 2000 + "] {\nfor b: Int in [" + "1, " * 2000 +
                          '] {\nfiles.remove("/a")\n}\n}\n'), ["x.upg:", "[too-large]"],
                     seconds=120, mib=5000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
