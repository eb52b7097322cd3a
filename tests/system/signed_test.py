"""Packages that are signed, and hosts that take no others. The keys are those of the real minisign."""

import json
import os
import shutil
import unittest
import zipfile

import box
from keys import TRUST, Key, minisign


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Signed(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.key = Key(self.folder, "release")
        self.package = self.pack()
        # Whoever runs the tests has any umask; a store that a group may write is none.
        os.umask(0o022)

    def sign(self, key=None, *arguments):
        (key or self.key).sign(self.package)
        result = self.run_program("sign", self.package, *arguments)
        self.assertEqual(result.code, 0, result)
        return result

    def refused(self, words, *arguments):
        before = box.snapshot(self.host, without=())
        result = self.run_program(*arguments)
        self.assertEqual(result.code, 5, result)
        for word in words:
            self.assertIn(word, result.err)
        self.assertEqual(box.snapshot(self.host, without=()), before)

    def apply(self, *arguments):
        self.go()
        return self.run_program("apply", self.package, "--root", self.host, "--yes", "--foreground",
                                *arguments)

    def test_one_file_is_package_and_signature(self):
        bare = read(self.package)
        told = self.sign(None, "-p", self.key.public)
        self.assertIn("signed with the key", told.out)
        self.assertNotIn("not checked", told.out)
        with zipfile.ZipFile(self.package) as package:  # any reader of zips takes it
            self.assertIsNone(package.testzip())
            self.assertIn(b"trusted comment: box 2.0.0", package.comment)
            names = package.namelist()
        self.assertIn("plan.bin", names)
        result = self.run_program("sign", self.package, "--remove")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(read(self.package), bare)

    def test_what_is_taken_out_is_what_minisign_verifies(self):
        signature = self.key.sign(self.package)
        text = read(signature)
        self.sign()
        with zipfile.ZipFile(self.package) as package:
            self.assertEqual(package.comment, text)
        self.run_program("sign", self.package, "--remove", "-o", "bare.zip")
        minisign("-V", "-p", self.key.public, "-m", os.path.join(self.folder, "bare.zip"), "-x",
                 signature)

    def test_a_host_with_a_store_takes_what_its_keys_signed(self):
        self.key.trust(self.host)
        self.sign()
        verified = self.run_program("verify", self.package, "--root", self.host)
        self.assertEqual(verified.code, 0, verified)
        self.assertIn('signed by `release` ("box 2.0.0")', verified.out)
        result = self.apply()
        self.assertEqual(result.code, 0, result)
        self.assertIn('signed by `release` ("box 2.0.0")', result.out)
        self.assertEqual(self.release(), "2.0.0")
        status = self.run_program("status", "--root", self.host)
        self.assertIn("signed by", status.out)
        told = self.runs()[0]["signed_by"]
        self.assertRegex(told, "^release [0-9A-F]{16}: box 2.0.0$")
        # The way back needs nobody's key any more.
        shutil.rmtree(os.path.join(self.host, TRUST))
        back = self.run_program("rollback", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(back.code, 0, back)
        self.assertEqual(self.release(), "1.0.0")

    def test_a_host_with_a_store_takes_nothing_else(self):
        apply = ("apply", self.package, "--root", self.host, "--yes", "--foreground")
        other = Key(self.folder, "other")
        other.trust(self.host)
        self.refused(["not signed", TRUST], *apply)
        self.refused(["not signed"], "apply", "box.upg", "--root", self.host, "--yes")
        self.sign()
        self.refused(["not among those that are trusted here"], *apply)
        self.refused(["not among"], "verify", self.package, "--root", self.host)
        os.remove(os.path.join(self.host, TRUST, "packages/release.pub"))
        self.refused(["nobody is trusted"], *apply)
        self.key.trust(self.host)
        key_file = os.path.join(self.host, TRUST, "packages/release.pub")
        os.chmod(key_file, 0o664)
        self.refused(["may be changed by others"], *apply)
        os.chmod(key_file, 0o644)
        box.write(os.path.join(self.host, TRUST, "packages/more.pub"), "no key\n")
        self.refused(["more.pub", "no public key"], *apply)
        os.remove(os.path.join(self.host, TRUST, "packages/more.pub"))
        result = self.apply()
        self.assertEqual(result.code, 0, result)

    def test_a_key_for_approvals_signs_no_package(self):
        self.key.trust(self.host, "roles/support", "anna")
        self.sign()
        self.refused(["nobody is trusted to sign packages"], "apply", self.package, "--root",
                     self.host, "--yes", "--foreground")

    def test_a_signature_of_something_else(self):
        self.key.trust(self.host)
        other = os.path.join(self.folder, "other.zip")
        shutil.copyfile(self.package, other)
        with open(os.path.join(self.folder, "payload/release"), "a", encoding="utf-8") as file:
            file.write("# another build\n")
        self.pack()
        signature = self.key.sign(other)
        self.refused(["does not fit"], "sign", self.package, "--signature", signature, "-p",
                     self.key.public)
        result = self.run_program("sign", self.package, "--signature", signature)
        self.assertEqual(result.code, 0, result)
        self.assertIn("not checked", result.out)
        self.refused(["`release`", "does not fit"], "apply", self.package, "--root", self.host,
                     "--yes", "--foreground")

    def test_without_a_store_a_signature_is_named_and_not_believed(self):
        self.sign()
        result = self.apply()
        self.assertEqual(result.code, 0, result)
        self.assertIn("which is not checked", result.out)
        self.assertIsNone(self.runs()[0]["signed_by"])

    def test_an_unfinished_run_goes_on_whoever_is_trusted_now(self):
        self.key.trust(self.host)
        self.sign()
        started = self.run_program("apply", self.package, "--root", self.host, "--yes", "--detach")
        self.assertEqual(started.code, 0, started)
        self.wait_for_step()
        self.kill_runner()
        shutil.rmtree(os.path.join(self.host, TRUST, "packages"))
        self.go()
        result = self.run_program("resume", "--root", self.host, "--yes", "--foreground")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.release(), "2.0.0")

    def test_signed_twice(self):
        self.sign()
        again = self.run_program("sign", self.package)
        self.assertEqual(again.code, 5, again)
        self.assertIn("signed already", again.err)
        self.assertIn("--remove", again.err)

    def test_no_signature_there(self):
        result = self.run_program("sign", self.package)
        self.assertEqual(result.code, 5, result)
        self.assertIn("minisign -S", result.err)
        box.write(self.package + ".minisig", "a note\n")
        result = self.run_program("sign", self.package)
        self.assertEqual(result.code, 5, result)
        self.assertIn("no signature of minisign", result.err)

    def test_verify_by_a_key_file(self):
        result = self.run_program("verify", self.package, "-p", self.key.public)
        self.assertEqual(result.code, 5, result)
        self.sign()
        result = self.run_program("verify", self.package, "-p", self.key.public, "--format", "json")
        self.assertEqual(result.code, 0, result)
        told = json.loads(result.out)
        self.assertEqual(told["signature"]["comment"], "box 2.0.0")
        self.assertEqual((told["product"], told["to"]), ("box", "2.0.0"))
        other = Key(self.folder, "other")
        result = self.run_program("verify", self.package, "-p", other.public)
        self.assertEqual(result.code, 5, result)
        plan = self.run_program("plan", self.package)
        self.assertIn("signed with the key", plan.out)


if __name__ == "__main__":
    unittest.main(verbosity=1)
