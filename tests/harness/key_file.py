"""Reads key files as docs/key-file.md describes them, with the keys: an implementation of its own, for tests."""

import hashlib
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

OPEN_INFO = b"breakwater key file without password v1"


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        piece = self.data[self.at:self.at + size]
        assert len(piece) == size, "it ends early"
        self.at += size
        return piece

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def text(self):
        return self.take(self.number("H")).decode()


def unseal(key, sealed, context):
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], context)


def wrapping_key(protection, password):
    kind, n, r, p, salt = struct.unpack("<HQII16s", protection)
    if kind == 1:
        return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=1 << 30, dklen=32)
    return HKDF(hashes.SHA256(), 32, None, OPEN_INFO).derive(salt)


def keys_of(path, password=None):
    """{version: key}"""
    with open(path, "rb") as file:
        reader = Reader(file.read())
    assert reader.take(8) == b"BWKEYBAK" and reader.number("H") == 1
    identity = Reader(reader.take(reader.number("I")))
    identity.take(24)
    for _ in range(3):
        identity.text()
    versions = []
    for _ in range(identity.number("I")):
        versions.append(identity.number("q"))
        identity.take(16)
        identity.text()
    about = reader.data[:reader.at]
    protection = reader.take(reader.number("I"))
    data_key = unseal(wrapping_key(protection, password), reader.take(12 + 32 + 16), reader.data[:reader.at - 60])
    content = Reader(unseal(data_key, reader.take(reader.number("I")), about))
    content.take(content.number("I"))
    assert content.number("I") == len(versions)
    return {version: content.take(content.number("H")) for version in versions}


def fingerprint(key):
    return HKDF(hashes.SHA256(), 8, None, b"breakwater master key fingerprint v1").derive(key)


def without_password(keys, method="internal", tenant="t", created=0):
    """A file as anybody can write it: of {version: key}."""
    def text(value):
        data = value if isinstance(value, bytes) else value.encode()
        return struct.pack("<H", len(data)) + data

    identity = struct.pack("<qQq", 1, 1002, created) + text("c") + text(tenant) + text(method) + struct.pack("<I", len(keys))
    for version, key in keys.items():
        identity += struct.pack("<qq", version, created) + fingerprint(key) + text("aes-256")
    about = b"BWKEYBAK" + struct.pack("<HI", 1, len(identity)) + identity
    salt, data_key, nonce = bytes(16), bytes(range(32)), bytes(12)
    protection = struct.pack("<HQII16s", 0, 0, 0, 0, salt)
    head = about + struct.pack("<I", len(protection)) + protection
    wrapped = nonce + AESGCM(wrapping_key(protection, None)).encrypt(nonce, data_key, head)
    secrets = struct.pack("<II", 0, len(keys)) + b"".join(struct.pack("<H", len(key)) + key for key in keys.values())
    content = nonce + AESGCM(data_key).encrypt(nonce, secrets, about)
    return head + wrapped + struct.pack("<I", len(content)) + content
