"""How fast MeasuredStream hashes, beside hashlib alone: `python bench/hashing.py [MiB] [rounds]`.

Rates drift with whatever else the machine does, so each round measures all of them in turn,
and what counts are the ratios of one round; their medians are printed.
"""

import hashlib
import os
import sys
import time
from statistics import median

from artifacts.stores.stream import MeasuredStream

MiB = 1024 * 1024
THREE = ("md5", "sha1", "sha256")
BLOCK = os.urandom(MiB)


class Source:
    """The same mebibyte again and again, without a copy."""

    def __init__(self, blocks):
        self.left = blocks

    def read(self, size=-1):
        self.left -= 1
        return BLOCK if self.left >= 0 else b""


def inline(algorithms):
    def hash_all(blocks):
        hashers = [hashlib.new(name) for name in algorithms]
        for _ in range(blocks):
            for hasher in hashers:
                hasher.update(BLOCK)

    return hash_all


def measured(algorithms):
    def read_all(blocks):
        stream = MeasuredStream(Source(blocks), algorithms)
        while stream.read(MiB):
            pass

    return read_all


WAYS = {
    "hashlib, md5 alone": inline(["md5"]),
    "hashlib, the three inline": inline(THREE),
    "MeasuredStream, the three": measured(THREE),
    "MeasuredStream, the three and sha512": measured((*THREE, "sha512")),
    "MeasuredStream, sha256 alone": measured(["sha256"]),
}


def rate(way, blocks):
    begun = time.perf_counter()
    way(blocks)
    return blocks * MiB / 1e6 / (time.perf_counter() - begun)


def main(blocks=512, rounds=5):
    rates = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, way in WAYS.items():
            rates[name].append(rate(way, blocks))

    md5, three = (rates[name] for name in list(WAYS)[:2])
    print(f"{'':38}{'MB/s':>6}{'of md5 alone':>15}{'of the three inline':>22}")
    for name, mine in rates.items():
        of_md5 = median(one / other for one, other in zip(mine, md5, strict=True))
        of_three = median(one / other for one, other in zip(mine, three, strict=True))
        print(f"{name:38}{median(mine):>6.0f}{of_md5:>15.2f}{of_three:>22.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
