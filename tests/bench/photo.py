"""A JPEG of any size that costs its reader what a photo does. No encoder is needed: the coefficients of its blocks are
drawn at random, few and small for high frequencies, as in a photo, and written by the tables of the standard."""
import random
import struct

ZIGZAG = [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
          35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55,
          62, 63]
# Symbols for differences of DC: their count by length, and the symbols. Of AC: every symbol with eight bits or more.
DC_COUNTS, DC_SYMBOLS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], list(range(12))
END_OF_BLOCK = 0x00
KINDS_OF_ROWS = 9  # the photo repeats them: drawing all of them takes long
AC_SYMBOLS = [END_OF_BLOCK, 0x01, 0x02, 0x11, 0x03, 0x21, 0x12, 0x31, 0x41, 0x22, 0x51, 0x13, 0x61]
AC_COUNTS = [0, 2, 1, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0]


def codes_of(counts, symbols):
    """Canonical codes: symbol -> (code, length)."""
    codes, code, at = {}, 0, 0
    for length, count in enumerate(counts, 1):
        for symbol in symbols[at:at + count]:
            codes[symbol] = (code, length)
            code += 1
        at += count
        code <<= 1
    return codes


class Bits:
    def __init__(self):
        self.parts, self.value, self.count = bytearray(), 0, 0

    def put(self, value, count):
        self.value = self.value << count | value
        self.count += count
        while self.count >= 8:
            self.count -= 8
            byte = self.value >> self.count
            self.value &= (1 << self.count) - 1
            self.parts.append(byte)
            if byte == 0xff:
                self.parts.append(0)

    def end(self):
        if self.count:
            self.put((1 << 8 - self.count) - 1, 8 - self.count)
        return bytes(self.parts)


def put_number(bits, value, size):
    bits.put(value if value > 0 else value + (1 << size) - 1, size)


def segment(marker, data):
    return struct.pack(">BBH", 0xff, marker, len(data) + 2) + data


def head(width, height):
    quantization = bytes([16 + i // 2 for i in range(64)])
    components = bytes([1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0])  # color at half the resolution
    return (b"\xff\xd8" + segment(0xe0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xdb, b"\0" + quantization)
            + segment(0xc0, struct.pack(">BHHB", 8, height, width, 3) + components)
            + segment(0xc4, b"\x00" + bytes(DC_COUNTS) + bytes(DC_SYMBOLS))
            + segment(0xc4, b"\x10" + bytes(AC_COUNTS) + bytes(AC_SYMBOLS))
            + segment(0xdd, struct.pack(">H", width // 16))  # each row of blocks stands for itself
            + segment(0xda, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])))


def put_block(bits, rng, dc, ac, levels, component, coefficients):
    """A step of brightness, and some coefficients after short runs of zeros."""
    step = rng.randint(-12, 12)
    if not -90 < levels[component] + step < 90:
        step = -step
    levels[component] += step
    size = abs(step).bit_length()
    bits.put(*dc[size])
    if size:
        put_number(bits, step, size)
    at = 1
    for _ in range(coefficients):
        symbol = rng.choice(AC_SYMBOLS[1:])
        at += (symbol >> 4) + 1
        if at > 63:
            break
        size = symbol & 15
        bits.put(*ac[symbol])
        put_number(bits, rng.choice((-1, 1)) * rng.randint(1 << size - 1, (1 << size) - 1), size)
    bits.put(*ac[END_OF_BLOCK])


def make_row(rng, width, coefficients):
    bits, levels = Bits(), [0, 0, 0]
    dc, ac = codes_of(DC_COUNTS, DC_SYMBOLS), codes_of(AC_COUNTS, AC_SYMBOLS)
    for _ in range(width // 16):
        for _ in range(4):
            put_block(bits, rng, dc, ac, levels, 0, rng.randint(0, coefficients))
        for component in (1, 2):
            put_block(bits, rng, dc, ac, levels, component, rng.randint(0, 1))
    return bits.end()


def make_photo(width, height, coefficients, seed=1):
    """Sides are multiples of 16. `coefficients`: of a block of brightness, at most; they decide the size in bytes."""
    rng = random.Random(seed)
    kinds = [make_row(rng, width, coefficients) for _ in range(KINDS_OF_ROWS)]
    rows = [kinds[i % KINDS_OF_ROWS] for i in range(height // 16)]
    marked = b"".join(row + bytes([0xff, 0xd0 + i % 8]) for i, row in enumerate(rows[:-1]))
    return head(width, height) + marked + rows[-1] + b"\xff\xd9"
