"""What a test reports when something isn't as expected."""


def expect(actual, wanted, what=""):
    if actual != wanted:
        raise AssertionError("%s\n  wanted %r\n  got    %r" % (what, wanted, actual))


def check(holds, what, *args):
    if not holds:
        raise AssertionError(what % args if args else what)
