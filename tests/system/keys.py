"""Keys of minisign that live as long as a test, and what they sign."""

import os
import shutil
import subprocess

TRUST = "etc/upgraph/trust"


class Key:
    def __init__(self, folder, name):
        self.public = os.path.join(folder, name + ".pub")
        self.secret = os.path.join(folder, name + ".key")
        # -W: without a password, which nobody could type here.
        minisign("-G", "-W", "-p", self.public, "-s", self.secret)

    def sign(self, path, comment="box 2.0.0", signature=None):
        """A file with the signature, beside what is signed."""
        signature = signature or path + ".minisig"
        minisign("-S", "-s", self.secret, "-m", path, "-x", signature, "-t", comment)
        return signature

    def trust(self, host, place="packages", name="release"):
        """Puts the public key into the trust store of a host."""
        folder = os.path.join(host, TRUST, place)
        os.makedirs(folder, exist_ok=True)
        shutil.copyfile(self.public, os.path.join(folder, name + ".pub"))


def minisign(*arguments):
    done = subprocess.run(["minisign", *arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
