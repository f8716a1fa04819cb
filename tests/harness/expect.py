"""What a test says when something isn't as it was to be."""


def expect(actual, wanted, what=""):
    if actual != wanted:
        raise AssertionError("%s\n  wanted %r\n  got    %r" % (what, wanted, actual))
