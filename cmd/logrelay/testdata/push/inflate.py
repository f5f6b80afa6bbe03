"""Has index.inflate and index.blocks read objects whose sizes lie at the edges of their pieces, and says where what comes out is not what went in."""
import gzip
import itertools
import random
import zlib

import index

index.CHUNK, index.BLOCK = 4096, 10_000  # the edges are at multiples of these, and the same few are met sooner
CHUNK = index.CHUNK
random.seed(1)
noise = random.randbytes(4 * CHUNK)  # does not shrink: its gzip has edges of its own
even = b"a" * (20 * CHUNK)  # shrinks to almost nothing: one read becomes many pieces
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK, 3 * CHUNK + 5]


class Body:
    """An object that gives at most so many bytes at a time."""

    def __init__(self, data, most):
        self.data, self.most = data, most

    def read(self, n):
        n = min(n, self.most)
        out, self.data = self.data[:n], self.data[n:]
        return out


def objects():
    """Yields names, objects as they are stored, and what is in them."""
    for size in SIZES:
        for name, text in (("noise", noise[:size]), ("even", even[:size])):
            for level in (0, 1, 9):
                yield f"{size} of {name} at level {level}", gzip.compress(text, level), text
    yield "a lot of nothing", gzip.compress(even), even
    for first, second in itertools.product(SIZES, repeat=2):
        parts = even[:first], noise[:second]
        yield f"members of {first} and {second}", b"".join(map(gzip.compress, parts)), b"".join(parts)
    pad = next(n for n in range(CHUNK) if len(gzip.compress(noise[:n], 0)) == CHUNK)
    yield "a member that fills a read", gzip.compress(noise[:pad], 0) + gzip.compress(b"x"), noise[:pad] + b"x"
    yield "an object that fills a read", gzip.compress(noise[:pad], 0), noise[:pad]
    for size in SIZES[1:]:
        yield f"{size} that are no gzip", b"\n" + noise[:size - 1], b"\n" + noise[:size - 1]


def main():
    count = 0
    for name, data, want in objects():
        for most in (1, 1000, CHUNK, len(data) + 1):
            pieces = list(index.inflate(Body(data, most)))
            if b"".join(pieces) != want or max(map(len, pieces), default=0) > CHUNK:
                print(f"FAIL: {name}, {most} at a time: {sum(map(len, pieces))} bytes of {len(want)}, in pieces of {max(map(len, pieces))}")
            count += 1
    whole = gzip.compress(even[:CHUNK]) + gzip.compress(noise[:2 * CHUNK])
    first = len(gzip.compress(even[:CHUNK]))
    for cut in [2, 5, first - 1, first + 2, first + CHUNK, len(whole) - 8, len(whole) - 1]:
        try:
            got = list(index.inflate(Body(whole[:cut], CHUNK)))
            print(f"FAIL: cut after {cut} bytes of {len(whole)}, and it gives {sum(map(len, got))} bytes as if they were all")
        except (ValueError, zlib.error):
            count += 1
    for lines in (0, 1, 3, 30):  # a block ends with a line, and begins with the header
        line = b"x" * 999 + b"\n"
        text = b"header\n" + line * lines
        got = list(index.blocks(Body(gzip.compress(text), CHUNK)))
        if b"".join(b.removeprefix(b"header\n") for b in got) != line * lines or not all(b.startswith(b"header\n") and b.endswith(b"\n") for b in got):
            print(f"FAIL: {lines} lines in {[len(b) for b in got]}")
        count += 1
    print(count, "objects read")


main()
