"""Approvals that are signed: what they bind, and that nothing else counts where a role has a key."""

import json
import os
import time
import unittest

import box
from keys import TRUST, Key


def moment(seconds):
    """A moment from now on, as `--window` takes it, in whole minutes."""
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(time.time() + seconds))


class Approvals(box.BoxTest):
    def setUp(self):
        super().setUp()
        os.umask(0o022)
        with open(self.spec, encoding="utf-8") as file:
            text = file.read()
        box.write(self.spec, text.replace("upgrade v", "people product, support\n\nupgrade v").replace(
            "  window ", "  approvals product, support\n  window "))
        self.package = self.pack()
        box.write(os.path.join(self.host, "etc/hostname"), "web1\n")
        self.release_key = Key(self.folder, "release")
        self.anna = Key(self.folder, "anna")
        self.release_key.trust(self.host)
        self.anna.trust(self.host, "roles/support", "anna")
        self.release_key.sign(self.package)
        self.assertEqual(self.run_program("sign", self.package).code, 0)

    def approve(self, *arguments, role="support", key=None):
        result = self.run_program("approve", self.package, "--as", role, *arguments)
        self.assertEqual(result.code, 0, result)
        path = os.path.join(self.folder, role + ".approval")
        (key or self.anna).sign(path, "approved")
        return path

    def apply(self, *arguments):
        self.go()
        return self.run_program("apply", self.package, "--root", self.host, "--yes", "--foreground",
                                "--approve", "product=ben", *arguments)

    def refused(self, words, *arguments):
        before = box.snapshot(self.host)
        result = self.apply(*arguments)
        self.assertEqual(result.code, 5, result)
        for word in words:
            self.assertIn(word, result.err)
        self.assertEqual(box.snapshot(self.host), before)
        self.assertEqual(self.runs(), [])

    def test_a_role_with_a_key_signs(self):
        self.refused(["not approved by `support`", "`upgraph approve`"])
        self.refused(["a name proves nothing for `support`", "--approval"], "--approve",
                     "support=anna")
        result = self.apply("--approval", self.approve("--host", "web1", "--host", "web2"))
        self.assertEqual(result.code, 0, result)
        history = self.run_program("history", self.runs()[-1]["run"], "--root", self.host).out
        self.assertRegex(history, r"support: signed by `anna` with the key [0-9A-F]{16}")
        self.assertRegex(history, r"product: ben \(user \d+")
        report = json.loads(self.run_program("report", "--root", self.host, "--format", "json").out)
        self.assertEqual([one["role"] for one in report["approvals"]], ["product", "support"])

    def test_it_is_for_one_package(self):
        path = self.approve("--any-host")
        self.run_program("sign", self.package, "--remove")
        with open(os.path.join(self.folder, "payload/release"), "a", encoding="utf-8") as file:
            file.write("# another build\n")
        self.pack()
        self.release_key.sign(self.package)
        self.assertEqual(self.run_program("sign", self.package).code, 0)
        self.refused(["`support` is for another package"], "--approval", path)

    def test_it_outlives_another_signature_of_the_same_package(self):
        path = self.approve("--any-host")
        self.assertEqual(self.run_program("sign", self.package, "--remove").code, 0)
        self.release_key.sign(self.package, "signed again")
        self.assertEqual(self.run_program("sign", self.package).code, 0)
        result = self.apply("--approval", path)
        self.assertEqual(result.code, 0, result)

    def test_it_is_for_some_hosts(self):
        path = self.approve("--host", "web2")
        self.refused(["not for this host", "`web1`"], "--approval", path)
        box.write(os.path.join(self.host, "etc/hostname"), "web2\n")
        result = self.apply("--approval", path)
        self.assertEqual(result.code, 0, result)

    def test_it_is_for_a_window(self):
        begin = moment(-60)
        path = self.approve("--any-host", "--window", begin)
        self.refused(["is for the window that begins at"], "--approval", path, "--window",
                     moment(-180))
        result = self.apply("--approval", path)
        self.assertEqual(result.code, 0, result)
        self.assertTrue(self.runs()[0]["window"]["begin"].startswith(begin[:-1]), self.runs())

    def test_its_window_has_not_begun(self):
        path = self.approve("--any-host", "--window", moment(7200))
        self.refused(["the window begins at"], "--approval", path)

    def test_who_signs(self):
        other = Key(self.folder, "other")
        self.refused(["not among those that are trusted here", "roles/support"], "--approval",
                     self.approve("--any-host", key=other))
        self.refused(["not among"], "--approval", self.approve("--any-host", key=self.release_key))

    def test_what_was_signed_is_not_changed(self):
        path = self.approve("--host", "web2")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        box.write(path, text.replace("web2", "web1"))
        self.refused(["does not fit"], "--approval", path)
        box.write(path, text.replace('"role"', '"role":"support","role"'))
        self.refused(["no approval as `upgraph approve` writes it"], "--approval", path)

    def test_a_role_without_a_key_cannot_sign(self):
        path = self.approve("--any-host", role="product")
        self.refused(["cannot be judged", f"{TRUST}/roles/product"], "--approval", path)

    def test_what_is_asked_wrongly(self):
        for words, *arguments in (
                (["not among the people"], self.package, "--as", "sales", "--any-host"),
                (["--any-host"], self.package, "--as", "support"),
                (["--any-host"], self.package, "--as", "support", "--any-host", "--host", "web1"),
                (["is packed first"], "box.upg", "--as", "support", "--any-host"),
                (["65536 bytes"], self.package, "--as", "support", "--host", "x" * 65536)):
            result = self.run_program("approve", *arguments)
            self.assertEqual(result.code, 2, result)
            for word in words:
                self.assertIn(word, result.err)
        path = self.approve("--any-host")
        os.remove(path + ".minisig")
        self.refused(["minisign -S"], "--approval", path)


if __name__ == "__main__":
    unittest.main(verbosity=1)
