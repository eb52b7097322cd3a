"""Mounts that nobody else sees."""

import ctypes
import os

CLONE_NEWNS = 0x20000
MS_REC_PRIVATE = 0x4000 | 0x40000
MNT_DETACH = 2
LIBC = ctypes.CDLL(None, use_errno=True)


def must(code, what):
    if code != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def use_own_mounts():
    """Whatever this process mounts from here on goes with it. An OSError where it may not."""
    must(LIBC.unshare(CLONE_NEWNS), "unshare")
    must(LIBC.mount(b"none", b"/", None, MS_REC_PRIVATE, None), "private mounts")
