"""The hot feed while likes arrive: refreshed every window, computed for one reader who finds nothing, and read by 95 of
100 requests of which the others like. Limits: nginx with the same bytes, the bare statements, a GET of Redis."""
import pathlib
import re
import shutil
import statistics
import threading
import time

from measures import Bench, Measure
from server import output_of, statement
from web import (BIGGEST_BODY, LOAD_CORE, SCRIPT, SERVER_CORE, Client, fetch, metrics, pinned, start_nginx, start_serve,
                 statements, wrk)

# The recorded rates of the original service (Django, gunicorn, PostgreSQL, Redis) on two such cores.
RECORDED_MIX = 44
RECORDED_CACHED = 3_795

WORLD = """
INSERT INTO users (id, handle, shard)
  SELECT feedctl_id_at(now() - interval '60 days') + i, 'a' || i, feedctl_shard(feedctl_id_at(now() - interval '60 days') + i)
  FROM generate_series(1, 100) i;
INSERT INTO posts (id, author_id, shard, text)
  SELECT feedctl_id_at(now() - interval '1 day') + i, u.id, u.shard, repeat('words ', 20) || i
  FROM generate_series(1, {posts}) i JOIN (SELECT *, row_number() OVER () AS n FROM users) u ON u.n = 1 + i % 100;
CREATE TEMP TABLE numbered AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM posts;
CREATE INDEX ON numbered (n);
INSERT INTO likes (user_id, post_id, created_at)
  SELECT 1 + i / {posts}, n.id, now() - interval '20 hours' * (i::float8 / {likes})
  FROM generate_series(0, {likes} - 1) i JOIN numbered n ON n.n = (i::bigint * 7919) % {posts};
INSERT INTO post_likes (post_id, like_count)
  SELECT p.id, coalesce(c.n, 0) FROM posts p
  LEFT JOIN (SELECT post_id, count(*) AS n FROM likes GROUP BY post_id) c ON c.post_id = p.id;
VACUUM ANALYZE;
"""


class HotWorld(Bench):
    unit = "requests"
    serve_settings = {}
    core = SERVER_CORE
    with_redis = False

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.seconds = max(1, int(4 * scale))
        server.psql(WORLD.format(posts=self.size(10_000, 200), likes=self.size(100_000, 1000)) + statement("hot/recompute"),
                    self.database)
        self.posts = server.psql("SELECT id FROM posts", self.database).split()
        self.nth_like = 0
        more = {"FEEDCTL_REDIS_URL": server.redis()} if self.with_redis else {}
        self.child, self.port = start_serve(server, binary, self.database,
                                            {"FEEDCTL_AUTH_MODE": "open", **more, **self.serve_settings}, self.core)
        self.client = Client(self.port)
        self.path = self.page_of_right_size()

    def page_of_right_size(self):
        """The largest page that nginx can hold, too."""
        for limit in range(40, 0, -1):
            path = f"/v1/feed/hot?limit={limit}"
            if len(fetch(self.port, path)[1]) <= BIGGEST_BODY:
                return path
        raise SystemExit("no page is small enough")

    def like(self, client):
        """By somebody who has liked nothing yet."""
        self.nth_like += 1
        post = self.posts[self.nth_like % len(self.posts)]
        status, _, body = client.ask("POST", "/v1/likes", f'{{"user_id": {10**12 + self.nth_like}, "post_id": {post}}}')
        if status != 201:
            raise SystemExit(f"a like was answered {status} {body}")

    def recomputes(self):
        return metrics(self.port).get("feedctl_hot_recomputes_total", 0)

    def close(self):
        self.server.stop(self.child)


class Revalidating(HotWorld):
    """Cached answers while likes make each window's ranking a new one."""
    name, goal = "hot-revalidating", 0.9

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.nginx, self.nginx_port, self.nginx_path = start_nginx(server, *fetch(self.port, self.path))

    def product(self):
        over = threading.Event()

        def likes():
            client = Client(self.port)
            while not over.wait(0.05):
                self.like(client)

        before, liker = self.recomputes(), threading.Thread(target=likes)
        liker.start()
        try:
            load = wrk(self.port, self.path, self.seconds)
        finally:
            over.set()
            liker.join()
        return Measure(load.requests, load.seconds, {"refreshes_a_second": (self.recomputes() - before) / load.seconds,
                                                     "p99_us": 1e6 * load.p99})

    def limit(self):
        load = wrk(self.nginx_port, self.nginx_path, self.seconds)
        return Measure(load.requests, load.seconds)


class Cold(HotWorld):
    """One reader who finds neither page nor ranking, from request to answer, and the statements alone in one session."""
    name, unit, goal, by = "hot-cold", "ms", 1.5, "times"
    serve_settings = {"FEEDCTL_HOT_REFRESH_WINDOW": "0s"}  # nothing is kept in the process
    with_redis = True
    times = 40

    def product(self):
        took, late, recomputes, sent = [], 0, self.recomputes(), statements(self.port)
        while len(took) < self.times:
            self.like(self.client)
            self.server.redis_command("FLUSHALL")
            start = time.monotonic()
            status, fields, _ = self.client.ask("GET", "/v1/feed/hot?limit=50")
            seconds = time.monotonic() - start
            if status != 200:
                raise SystemExit(f"a cold page was answered {status}")
            # On a busy machine the ranking may come later than a reader waits for it.
            if "X-Feed-Stale" not in dict(fields):
                took.append(1000 * seconds)
                continue
            late += 1
            if late > self.times:
                raise SystemExit(f"{late} of {late + len(took)} cold pages were stale")
        if self.recomputes() - recomputes < self.times:
            raise SystemExit("not every cold reader computed the ranking")
        # One is the like's.
        sent = (statements(self.port) - sent) / (self.times + late) - 1
        return Measure(statistics.median(took), 1, {"statements": sent, "stale": late})

    def limit(self):
        ids = "(SELECT array_agg(post_id) FROM (SELECT post_id FROM hot_scores ORDER BY score DESC LIMIT 50) best)"
        script = ["\\o /dev/null", f"SELECT {ids} AS ids \\gset"]
        script += [f"PREPARE {name} AS {statement('hot/' + name)};" for name in ("ranking", "aggregate", "far_behind")]
        script.append(f"PREPARE load (bigint[], bigint) AS {statement('posts/load')};")
        for _ in range(self.times):
            self.like(self.client)
            script += ["\\echo turn", "\\timing on", "BEGIN;", statement("hot/begin") + ";", "EXECUTE far_behind;",
                       "EXECUTE aggregate;", "COMMIT;", "EXECUTE ranking;", "EXECUTE load(:'ids', NULL);",
                       "\\timing off"]
        turns = self.server.psql("\n".join(script), self.database).split("turn")[1:]
        return Measure(statistics.median(sum(map(float, re.findall(r"Time: ([0-9.]+) ms", turn))) for turn in turns), 1)


class Mix(HotWorld):
    """95 hot reads and 5 likes of a hundred requests, server, database and load on the same two cores, against what the
    original service was recorded to answer (its likes deleted the cached page)."""
    name, goal, writes = "hot-mix", 1000, True
    core, with_redis = None, True

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.turn = 0

    def script(self):
        self.turn += 1
        path = pathlib.Path(self.server.folder) / "mix.lua"
        path.write_text(SCRIPT + f"""
local posts, sent, reads = {{ {', '.join(map(repr, self.posts))} }}, 0, nil
function init() reads = request_of('GET', '{self.path}', {{}}) end
function request()
  if math.random() >= 0.05 then return reads end
  sent = sent + 1
  return request_of('POST', '/v1/likes', {{['Content-Type'] = 'application/json'}},
                    '{{"user_id": ' .. string.format('%d', {self.turn}0000000000 + sent) .. ', "post_id": '
                    .. posts[1 + sent % #posts] .. '}}')
end
""")
        return path

    def likes(self):
        return int(self.server.psql("SELECT count(*) FROM likes", self.database))

    def product(self):
        before, recomputes = self.likes(), self.recomputes()
        load = wrk(self.port, self.path, self.seconds, script=self.script(), core=None, may_refuse=True)
        writes = self.likes() - before
        if not 0.03 < writes / load.requests < 0.07:
            raise SystemExit(f"{writes} likes of {load.requests} requests")
        return Measure(load.requests - load.refused, load.seconds, {
            "reads_a_second": (load.requests - load.refused - writes) / load.seconds, "refused": load.refused, "likes_a_second": writes / load.seconds,
            "p99_ms": 1000 * load.p99, "refreshes_a_second": (self.recomputes() - recomputes) / load.seconds})

    def limit(self):
        return Measure(RECORDED_MIX, 1)


class SameCores(HotWorld):
    """The cached hot feed with server and load on the same two cores, against what the original service was
    recorded to answer from its cache."""
    name, goal = "hot-two-cores", 60
    core = None

    def product(self):
        argv = ["wrk", "-t2", "-c64", f"-d{self.seconds}s", f"http://127.0.0.1:{self.port}{self.path}"]
        out = output_of(argv)
        if "Non-2xx" in out:
            raise SystemExit(out)
        return Measure(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), 1)

    def limit(self):
        return Measure(RECORDED_CACHED, 1)


class AgainstRedis(HotWorld):
    """The cached hot feed against a GET of as many bytes from Redis, which is as fast as a cache in another process can be:
    64 connections, one core for either server."""
    name, goal = "hot-redis", 1.0

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.port_of_redis = server.redis_on_port(SERVER_CORE)
        server.redis_command("SET", "page", fetch(self.port, self.path)[1], port=self.port_of_redis)

    def product(self):
        load = wrk(self.port, self.path, self.seconds)
        return Measure(load.requests, load.seconds)

    def limit(self):
        return Measure(redis_benchmark(self.port_of_redis, self.size(400_000, 2_000), 64, "GET", "page"), 1)


def redis_benchmark(port, requests, connections, *command):
    """Answers a second."""
    argv = pinned(LOAD_CORE) + ["redis-benchmark", "-p", str(port), "-n", str(requests), "-c", str(connections), "--csv", *command]
    out = output_of(argv)
    return float(out.strip().splitlines()[-1].split('","')[1].strip('"'))


ALL = {bench.name: bench for bench in (Revalidating, Cold, SameCores, Mix, AgainstRedis)} \
    if all(map(shutil.which, ("nginx", "wrk", "redis-server"))) else {}
