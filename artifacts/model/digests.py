"""Digests: the algorithms that bytes can be known by, under their names in hashlib."""

SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}  # in bytes
ALWAYS = ("md5", "sha1", "sha256")  # measured of every blob
