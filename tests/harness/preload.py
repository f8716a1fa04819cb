"""Preloads a library of the tests into a program."""

import os


def environment(library):
    # ASan refuses a library that is loaded before its runtime, unless told that this is meant.
    asan = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": os.path.abspath(library),
            "ASAN_OPTIONS": (asan + ":" if asan else "") + "verify_asan_link_order=0"}
