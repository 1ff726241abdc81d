"""The flush of view counters from Redis to PostgreSQL: views of so many posts, and impressions of so many contents."""
import json
import pathlib
import re
import shutil
import subprocess
import time

from measures import Bench, Measure, Row
from redis_client import RedisClient
from server import output_of, statement

A_STATEMENT = 5_000  # counters
LABEL = "pages.videocontent"
LIVE_KEYS = {"views": "views:pending", "impressions": f"views:counter:{LABEL}"}

WORLD = """
INSERT INTO users (id, handle, shard) VALUES (1, 'author', feedctl_shard(1));
INSERT INTO user_stats VALUES (1, 0, 0);
INSERT INTO posts (id, author_id, shard, text) SELECT i, 1, feedctl_shard(1), 'a post' FROM generate_series(1, {counters}) i;
INSERT INTO post_likes (post_id) SELECT id FROM posts;
INSERT INTO post_views (post_id) SELECT id FROM posts;
INSERT INTO contents (id, type, title) SELECT i, 'video', 'a content' FROM generate_series(1, {counters}) i;
VACUUM ANALYZE;
"""

# ARGV: how many. In no order, as readers come.
FILL = {"views": """
local day, all = math.floor(redis.call('TIME')[1] / 86400), tonumber(ARGV[1])
for first = 1, all, 1000 do
  local some = {}
  for i = first, math.min(first + 999, all) do
    some[#some + 1] = string.format('%d', day)
    some[#some + 1] = string.format('%d', 1 + i * 7919 % all)
    some[#some + 1] = string.format('%d', 1000000 + i)
  end
  redis.call('RPUSH', KEYS[1], unpack(some))
end
return redis.call('LLEN', KEYS[1]) / 3
""", "impressions": """
for i = 1, tonumber(ARGV[1]) do
  redis.call('HSET', KEYS[1], string.format('%d', 1 + i * 7919 % ARGV[1]), string.format('%d', 1 + i % 9))
end
return redis.call('HLEN', KEYS[1])
"""}

# The same counters as arrays of one statement each, ascending.
CHUNKS = {"views": """CREATE TEMP TABLE chunks AS
  SELECT (i - 1) / {a_statement} AS n, array_agg(i ORDER BY i) AS ids, array_agg(1000000 + i ORDER BY i) AS users,
         array_agg((now() AT TIME ZONE 'UTC')::date - date '1970-01-01' ORDER BY i) AS days
  FROM generate_series(1, {counters}::bigint) i GROUP BY 1;""",
          "impressions": """CREATE TEMP TABLE chunks AS
  SELECT (i - 1) / {a_statement} AS n, array_agg(i ORDER BY i) AS ids, array_agg(1 + i % 9 ORDER BY i) AS counts
  FROM generate_series(1, {counters}::bigint) i GROUP BY 1;"""}

# Views: the statements of the flush, a commit a chunk. Impressions: the update of the counters and no more, one commit.
BARE = {"views": f"""DO $do$ DECLARE c record; BEGIN
  FOR c IN SELECT * FROM chunks ORDER BY n LOOP
    EXECUTE $sql${statement("views/apply")}$sql$ USING c.ids, c.users, c.days;
    COMMIT;
    EXECUTE $sql${statement("views/remove_orphans")}$sql$ USING c.ids;
    COMMIT;
  END LOOP;
END $do$;""",
        "impressions": """DO $do$ DECLARE c record; BEGIN
  FOR c IN SELECT * FROM chunks ORDER BY n LOOP
    UPDATE contents t SET counter = t.counter + a.n FROM unnest(c.ids, c.counts) AS a (id, n) WHERE t.id = a.id;
  END LOOP;
END $do$;"""}


def peak_mb(pid):
    """The most that the process has had in memory; 0 if it is gone."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 / 1e6 if found else 0


class Flush(Bench):
    """What feedctl flush-views does apart from reading Redis, for 100,000 counters, against the bare statements; the whole
    process for a million, its memory too, against reading the counters and the bare statements."""
    name, unit, writes = "flush", "counters", True

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.few, self.many = self.size(100_000, 1_000), self.size(1_000_000, 2_000)
        server.psql(WORLD.format(counters=self.many), self.database)
        self.url = server.redis()
        self.redis = RedisClient(server.redis_socket)
        # Then a flush need not wait until Redis has its impressions on disk: the bench is not about that.
        self.redis("CONFIG", "SET", "appendfsync", "always")
        self.peaks = {}

    def program(self):
        return pathlib.Path(self.binary).parents[2] / "tests/bench/bench_views"

    def rows(self):
        for kind in LIVE_KEYS:
            yield Row(f"flush {kind}", self.unit, lambda k=kind: self.applied(k), lambda k=kind: self.bare(k, self.few), 0.7)
            yield Row(f"flush {kind} 1M", "s", lambda k=kind: self.whole(k), lambda k=kind: self.read_and_bare(k), 1.4, "times")
            yield Row(f"flush {kind} memory", "MB", lambda k=kind: Measure(max(self.peaks[k]), 1), None, 200, "most")

    def reset(self):
        """Nobody has viewed anything today, and no dead rows or unwritten pages are left from before."""
        self.server.psql("TRUNCATE post_view_seen; VACUUM post_views, contents; CHECKPOINT;", self.database)

    def fill(self, kind, counters):
        key = LIVE_KEYS[kind]
        if kind == "impressions":
            self.redis("SADD", "views:labels", LABEL)
        if self.redis("EVAL", FILL[kind], 1, key, counters) != counters:
            raise SystemExit(f"flush: the {kind} are not in Redis")
        return key

    def applied(self, kind):
        self.reset()
        self.fill(kind, self.few)
        found = json.loads(output_of([self.program(), "flush", self.server.url(self.database), self.url]))
        self.expect(kind, found, self.few)
        return Measure(self.few, found["seconds"] - found["read_seconds"], {"read_ms": 1000 * found["read_seconds"]})

    @staticmethod
    def expect(kind, report, counters):
        flushed = report["views" if kind == "views" else "contents"]
        if flushed != counters:
            raise SystemExit(f"{flushed} of {counters} {kind} were flushed")

    def bare(self, kind, counters):
        self.reset()
        # One plan for all chunks, as of a session that has planned the statement before.
        prepare = "SET plan_cache_mode = force_generic_plan;" + CHUNKS[kind].format(a_statement=A_STATEMENT, counters=counters)
        return Measure(counters, self.clocked(prepare, BARE[kind]))

    def whole(self, kind):
        self.reset()
        self.fill(kind, self.many)
        argv = [self.binary, "flush-views", "--allow-lossy", "--output", "json"]
        environment = self.server.environment(self.database, {"FEEDCTL_VIEWS_REDIS_URL": self.url})
        start, peak = time.monotonic(), 0
        with open(self.server.folder / "flush.json", "w+") as out:
            child = subprocess.Popen(argv, env=environment, cwd="/", stdout=out, stderr=self.server.log("flush-views"))
            self.server.children.append(child)
            while child.poll() is None:
                peak = max(peak, peak_mb(child.pid))
                time.sleep(0.005)
            seconds = time.monotonic() - start
            out.seek(0)
            text = out.read()
        if child.returncode != 0:
            raise SystemExit(f"flush-views ended with {child.returncode} {text}")
        self.expect(kind, json.loads(text), self.many)
        self.peaks.setdefault(kind, []).append(peak)
        return Measure(seconds, 1, {"peak_mb": peak})

    def read_and_bare(self, kind):
        key = self.fill(kind, self.many)
        found = json.loads(output_of([self.program(), "read", self.server.redis_socket, key]))
        self.redis("DEL", key)
        return Measure(found["seconds"] + self.bare(kind, self.many).seconds, 1, {"read_s": found["seconds"]})

    def close(self):
        self.redis.close()


ALL = {Flush.name: Flush} if shutil.which("redis-server") else {}
