"""An older package, where a newer one was committed: refused, unless that was taken back."""

import os
import unittest

import box

PRODUCT = """\
import std.files

product box {
  installed  files.first_line("/etc/box/release")
  releases   %s
}
"""

EDGE = """
%(kind)s v%(from)d.0.0 -> v%(to)d.0.0 {
  downtime  1m
  switch { files.install("payload/release-%(to)d", to: "/etc/box/release") }
  verify { files.expect("/etc/box/release", contains: "%(shown)s") }
}
"""


def edge(begin, end, shown=None):
    kind = "upgrade" if begin < end else "downgrade"
    return EDGE % {"kind": kind, "from": begin, "to": end, "shown": shown or f"{end}."}


class Floor(box.BoxTest):
    def setUp(self):
        super().setUp()
        for version in (1, 2, 3, 4):
            box.write(os.path.join(self.folder, f"payload/release-{version}"), f"{version}.0.0\n")

    def package(self, name, releases, *edges):
        spec = os.path.join(self.folder, name + ".upg")
        box.write(spec, PRODUCT % ", ".join(f"v{one}.0.0" for one in releases) + "".join(edges))
        path = os.path.join(self.folder, name + ".zip")
        result = self.run_program("pack", spec, "-o", path)
        self.assertEqual(result.code, 0, result)
        return path

    def command(self, code, name, *arguments):
        result = self.run_program(name, *arguments, "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def install(self, version):
        """By hand, and not by us."""
        box.write(os.path.join(self.host, "etc/box/release"), f"{version}.0.0\n")

    def test_an_older_package_is_refused_though_the_host_fits_it(self):
        older = self.package("older", (1, 2, 3), edge(1, 2), edge(2, 3))
        newer = self.package("newer", (1, 2, 3, 4), edge(1, 4))
        self.command(0, "apply", newer)
        self.install(1)
        told = self.command(5, "apply", older)
        self.assertIn("left box at v4.0.0", told)
        self.assertIn("the highest version that it knows is v3.0.0", told)
        self.assertEqual(self.release(), "1.0.0")
        # One that knows the newest release leads to an older one as well.
        both = self.package("both", (1, 2, 3, 4), edge(1, 2), edge(2, 3), edge(3, 4))
        self.command(0, "apply", both, "--to", "v2.0.0")
        self.assertEqual(self.release(), "2.0.0")

    def test_what_failed_keeps_nothing_out(self):
        failing = self.package("failing", (1, 4), edge(1, 4, shown="9."))
        self.command(3, "apply", failing)
        self.command(0, "apply", self.package("mended", (1, 2), edge(1, 2)))
        self.assertEqual(self.release(), "2.0.0")

    def test_what_was_rolled_back_keeps_nothing_out(self):
        older = self.package("older", (1, 2, 3), edge(1, 2), edge(2, 3))
        self.command(0, "apply", older, "--to", "v2.0.0")
        self.command(0, "apply", self.package("newer", (2, 4), edge(2, 4)))
        self.command(0, "rollback")
        self.command(0, "apply", older)
        self.assertEqual(self.release(), "3.0.0")

    def test_what_was_rolled_back_leaves_the_floor_that_was_there(self):
        self.command(0, "apply", self.package("third", (1, 3), edge(1, 3)))
        self.command(0, "apply", self.package("fourth", (3, 4), edge(3, 4)))
        self.command(0, "rollback")
        self.install(1)
        told = self.command(5, "apply", self.package("second", (1, 2), edge(1, 2)))
        self.assertIn("left box at v3.0.0", told)

    def test_a_downgrade_lowers_it(self):
        ways = self.package("ways", (1, 2, 3, 4), edge(1, 4), edge(4, 1))
        self.command(0, "apply", ways)
        self.command(0, "apply", ways, "--to", "v1.0.0")
        self.command(0, "apply", self.package("older", (1, 2), edge(1, 2)))
        self.assertEqual(self.release(), "2.0.0")

    def test_another_product_has_its_own(self):
        self.command(0, "apply", self.package("newer", (1, 4), edge(1, 4)))
        other = self.package("other", (1, 2), edge(1, 2))
        spec = os.path.join(self.folder, "other.upg")
        with open(spec, encoding="utf-8") as file:
            box.write(spec, file.read().replace("product box", "product lid").replace(
                "/etc/box/release", "/etc/lid/release"))
        result = self.run_program("pack", spec, "-o", other)
        self.assertEqual(result.code, 0, result)
        box.write(os.path.join(self.host, "etc/lid/release"), "1.0.0\n")
        self.command(0, "apply", other)


if __name__ == "__main__":
    unittest.main(verbosity=1)
