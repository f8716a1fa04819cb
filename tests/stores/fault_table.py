"""The faults of the matrices, and what a client may make of them."""

RETRY_AFTER = "1"
SKEW_SECONDS = 3600
NOT_CONNECT, PERMISSION, IO_LIMIT, ENDPOINT = 9070, 9071, 9061, 9118
OTHER = {"oss": 9003, "cos": 9060, "s3": 9105}

# name: (the fault as the emulator takes it, the codes that are right).
# A 500 is tried again, perhaps until the deadline.
FAULTS = {
    "refused": ({"kind": "refuse"}, [NOT_CONNECT]),
    "reset before the body": ({"kind": "reset", "stage": "headers"}, [NOT_CONNECT]),
    "reset after the body": ({"kind": "reset", "stage": "body"}, [NOT_CONNECT]),
    "reset after the work": ({"kind": "reset", "stage": "done"}, [NOT_CONNECT]),
    "reset in the answer": ({"kind": "reset", "stage": "response"}, [NOT_CONNECT]),
    "stall before the body": ({"kind": "stall", "stage": "headers"}, [NOT_CONNECT]),
    "stall after the work": ({"kind": "stall", "stage": "done"}, [NOT_CONNECT]),
    "stall in the answer": ({"kind": "stall", "stage": "response"}, [NOT_CONNECT]),
    "truncated": ({"kind": "truncate"}, [NOT_CONNECT]),
    "500": ({"kind": "status", "status": 500, "code": "InternalError"}, ["other", NOT_CONNECT]),
    "503": ({"kind": "status", "status": 503, "code": "SlowDown", "headers": {"retry-after": RETRY_AFTER}}, [IO_LIMIT]),
    "403": ({"kind": "status", "status": 403, "code": "AccessDenied"}, [PERMISSION]),
    "404": ({"kind": "status", "status": 404, "code": "NoSuchBucket"}, [ENDPOINT]),
    "redirect": ({"kind": "status", "status": 307, "code": "TemporaryRedirect",
                  "headers": {"location": "http://elsewhere.test/"}}, [ENDPOINT]),
}

# What goes wrong once, and must not show.
ONCE = {
    "reset before the body once": {"kind": "reset", "stage": "headers", "times": 1},
    "answer lost once": {"kind": "reset", "stage": "done", "times": 1},
    "500 once": {"kind": "status", "status": 500, "code": "InternalError", "times": 1},
    "slow": {"kind": "delay", "ms": 100},
}

# What an answer may be wrong in, once.
AT_ONE = {
    "another ETag": ({"kind": "etag"}, ["other"]),     # of a part: completing it by that name fails
}

# What lasts and is wrong in itself: the codes that a statement may answer.
DAYS = 3 * 24 * 3600
IN_STATEMENTS = {
    "another ETag": ({"kind": "etag"}, ["other", None]),
    "clock": ({"kind": "clock", "seconds": SKEW_SECONDS}, [None]),
    "clock, days off": ({"kind": "clock", "seconds": DAYS}, [PERMISSION]),
    "create-only ignored": ({"kind": "ignore_create_only"}, [None]),
    "stale list": ({"kind": "stale_list"}, ["other", None]),
}


def codes(allowed, scheme):
    return [OTHER[scheme] if code == "other" else code for code in allowed]
