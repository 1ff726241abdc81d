"""A page with 20 contents, its impressions recorded, against the same server that records none: the page routes alone behind
the HTTP server on one core, wrk on another."""
import pathlib
import shutil
import statistics
import subprocess
import time

from measures import Bench, Measure, Row
from redis_client import RedisClient
from web import SERVER_CORE, cpu_seconds, fetch, pinned, wrk

CONTENTS, PATH, CONNECTIONS = 20, "/api/v1/pages/1", 16
COUNTED = """
local sum = 0
for _, count in ipairs(redis.call('HVALS', KEYS[1])) do sum = sum + count end
return sum
"""

WORLD = f"""
INSERT INTO pages (id, title, state) VALUES (1, 'A page', 'published');
INSERT INTO contents (id, type, title, payload)
  SELECT i, 'video', 'Content ' || i, jsonb_build_object('file_url', 'https://media.example.org/' || i || '.mp4', 'subtitles_url', NULL)
  FROM generate_series(1, {CONTENTS}) i;
INSERT INTO page_contents (page_id, content_id, position) SELECT 1, i, i FROM generate_series(1, {CONTENTS}) i;
VACUUM ANALYZE;
"""


class PageImpressions(Bench):
    """Pairs of short runs, one beside the other; the medians of them."""
    name, unit = "page-impressions", "pages"

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.pairs = max(1, int(5 * scale))
        self.turn, self.without = 0, None
        self.cpu = []  # of each measure: microseconds a page, with and without
        server.psql(WORLD, self.database)
        url = server.redis()
        self.redis = RedisClient(server.redis_socket)
        self.servers = {"with": self.start(url), "without": self.start()}
        self.loaded = {"with": 1, "without": 1}  # requests so far

    def start(self, *redis_url):
        program = pathlib.Path(self.binary).parents[2] / "tests/bench/bench_pages_server"
        child = subprocess.Popen(pinned(SERVER_CORE) + [program, self.server.url(self.database), *redis_url], cwd="/",
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.server.log("pages"), text=True)
        self.server.children.append(child)
        port = int(child.stdout.readline())
        if fetch(port, PATH)[1].count('"title"') != CONTENTS + 1:
            raise SystemExit("the page does not have its contents")
        return child, port

    def rows(self):
        return [Row("page-impressions", self.unit, self.measured_pairs, lambda: self.without, 0.95),
                Row("page-impressions cpu", "pages", lambda: self.of_cpu("with"), lambda: self.of_cpu("without"), 0.95)]

    def measured_pairs(self):
        """The side with impressions; the other one is kept for the limit."""
        found = {"with": [], "without": []}
        for _ in range(self.pairs):
            self.turn += 1
            for side in sorted(found, reverse=self.turn % 2 == 0):
                found[side].append(self.load(side))
        self.expect_impressions()
        medians = {side: statistics.median(rate for rate, _ in runs) for side, runs in found.items()}
        cpu = {side: statistics.median(us for _, us in runs) for side, runs in found.items()}
        self.without = Measure(medians["without"], 1, {"without_cpu_us": cpu["without"]})
        self.cpu.append(cpu)
        return Measure(medians["with"], 1, {"cpu_us": cpu["with"]})

    def of_cpu(self, side):
        """Pages a second of the server's processor time, of all runs so far."""
        return Measure(1e6 / statistics.median(cpu[side] for cpu in self.cpu), 1)

    def load(self, side):
        """Pages a second, and microseconds of the server's processor time for one."""
        child, port = self.servers[side]
        before = cpu_seconds(child.pid)
        load = wrk(port, PATH, 1, CONNECTIONS)
        self.loaded[side] += load.requests
        return load.requests / load.seconds, 1e6 * (cpu_seconds(child.pid) - before) / load.requests

    def expect_impressions(self):
        """All come to Redis, within moments."""
        deadline = time.monotonic() + 30
        while self.counted() < CONTENTS * self.loaded["with"]:
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.counted()} impressions of {CONTENTS * self.loaded['with']}")
            time.sleep(0.05)

    def counted(self):
        return self.redis("EVAL", COUNTED, 1, "views:counter:pages.videocontent")

    def close(self):
        self.redis.close()
        for child, _ in self.servers.values():
            child.stdin.close()
            self.server.stop(child)


ALL = {PageImpressions.name: PageImpressions} if all(map(shutil.which, ("wrk", "redis-server"))) else {}
