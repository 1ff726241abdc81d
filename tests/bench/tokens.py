"""What the check of an access token that a server has seen before adds to a request that it answers from memory."""
import pathlib
import subprocess

import edge
from measures import Measure
from web import cpu_seconds, wrk


class TokenCheck(edge.Hot):
    """The check alone, without HTTP, against the processor time of a cached hot-feed request."""
    name, unit, goal, by = "token-check", "us", 0.05, "times"

    def __init__(self, server, binary, scale):
        self.server, self.binary = server, binary
        self.seconds = max(1, int(4 * scale))
        self.child, self.port = self.start()

    def product(self):
        program = pathlib.Path(self.binary).parents[2] / "tests/bench/bench_tokens"
        user = self.server.psql("SELECT id FROM users LIMIT 1", self.database).split()[-1]
        out = subprocess.run([program, self.server.url(self.database), user], check=True, text=True, capture_output=True, timeout=600)
        return Measure(float(out.stdout), 1)

    def limit(self):
        before = cpu_seconds(self.child.pid)
        requests = wrk(self.port, self.path, self.seconds).requests
        return Measure(1e6 * (cpu_seconds(self.child.pid) - before) / requests, 1)

    def close(self):
        self.server.stop(self.child)


ALL = {TokenCheck.name: TokenCheck} if edge.ALL else {}
