"""Libraries of the tests' own in front of a program's others."""

import os


def environment(library):
    # An interposing library in front of a sanitizer's runtime is meant here.
    asan = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": os.path.abspath(library),
            "ASAN_OPTIONS": (asan + ":" if asan else "") + "verify_asan_link_order=0"}
