"""A connection to a Redis for benches that need whole replies."""
from server import connect


class RedisClient:
    def __init__(self, address):
        self.link = connect(address)
        self.stream = self.link.makefile("rb")

    def __call__(self, *words):
        parts = [str(word).encode() for word in words]
        self.link.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self.reply()

    def reply(self):
        line = self.stream.readline()
        kind, text = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise SystemExit(f"redis: {text}")
        if kind == b"+":
            return text
        if kind == b":":
            return int(text)
        if kind == b"$":
            return None if text == "-1" else self.stream.read(int(text) + 2)[:-2].decode()
        if kind == b"*":
            return [self.reply() for _ in range(int(text))]
        raise SystemExit(f"redis: {line!r}")

    def close(self):
        self.stream.close()
        self.link.close()
