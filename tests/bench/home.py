"""First pages of the home feed, signed in: 50 posts, 25 KB, for people who follow 104 and 541 others; serve on one core,
against nginx that sends the same bytes by sendfile from one core. Whole answers, and 304s to those who have the page."""
import shutil

from hot_feed import redis_benchmark
from measures import Bench, Measure, Row
from web import SERVER_CORE, cpu_seconds, fetch, in_turn, start_nginx, start_serve, statements, wait_for_index, wrk

READERS = 32  # of each kind, in turns
PATH = "/v1/feed?limit=50"

# Author i has the id 10^6 + i; reader n of those who follow k others has 10^7 + 1000 k + n and the handle rk_n.
WORLD = """
INSERT INTO users (id, handle, name, shard)
  SELECT 1000000 + i, 'author_' || i, 'Author ' || i, feedctl_shard(1000000 + i) FROM generate_series(0, 1999) i;
INSERT INTO users (id, handle, shard)
  SELECT 10000000 + 1000 * k + n, 'r' || k || '_' || n, feedctl_shard(10000000 + 1000 * k + n)
  FROM unnest(ARRAY[104, 541]) k, generate_series(1, {readers}) n;
INSERT INTO follows
  SELECT 10000000 + 1000 * k + n, 1000000 + (n * 61 + i * 3) % 2000
  FROM unnest(ARRAY[104, 541]) k, generate_series(1, {readers}) n, generate_series(1, k) i;
INSERT INTO user_stats SELECT id, (SELECT count(*) FROM follows WHERE followee_id = id), (SELECT count(*) FROM follows WHERE follower_id = id) FROM users;
INSERT INTO posts (id, author_id, shard, text)
  SELECT feedctl_id_at(now() - interval '20 days') + i * 300000000::bigint, author, feedctl_shard(author), repeat('many words ', 27) || i
  FROM generate_series(1, 20000) i, LATERAL (SELECT 1000000 + i * 7919 % 2000 AS author) a;
INSERT INTO post_likes (post_id, like_count) SELECT id, id % 90 FROM posts;
VACUUM ANALYZE;
"""


class Home(Bench):
    name, unit = "home", "pages"
    goals = {104: 0.4, 541: 0.3}
    indexed = True

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.seconds = max(1, int(4 * scale))
        self.readers = READERS if scale >= 0.1 else 3
        server.psql(WORLD.format(readers=self.readers), self.database)
        self.prepare_world()
        self.child, self.port = start_serve(server, binary, self.database, self.settings_of_serve())
        if self.indexed:
            wait_for_index(self.port, 20_000)
        self.scripts, self.nginx = {}, {}
        for followees in self.goals:
            self.prepare(followees)

    def settings_of_serve(self):
        return {}

    def prepare_world(self):
        pass

    def prepare(self, followees):
        fields = []
        for nth in range(1, self.readers + 1):
            token = self.server.feedctl(self.binary, ["users", "token", "--handle", f"r{followees}_{nth}", "--ttl", "1h"],
                                        self.database).split()[-1]
            fields.append({"Authorization": f"Bearer {token}"})
        pages = []
        for _ in range(2):  # the first may be on its way to where the second finds it
            pages = [fetch(self.port, PATH, [f"Authorization: {f['Authorization']}"]) for f in fields]
        if any(page.count('"id"') < 50 for _, page in pages):
            raise SystemExit("a page holds fewer than 50 posts")
        process, port, path = start_nginx(self.server, *pages[0])
        tag = dict(fetch(port, path)[0])["ETag"]
        self.nginx[followees] = (process, port, path, len(pages[0][1]))
        for kind in (200, 304):
            ours = [(PATH, {**f, **({"If-None-Match": dict(page[0])["ETag"]} if kind == 304 else {})})
                    for f, page in zip(fields, pages)]
            theirs = [(path, {**f, **({"If-None-Match": tag} if kind == 304 else {})}) for f in fields]
            for side, requests in (("product", ours), ("limit", theirs)):
                script = self.server.folder / f"home-{followees}-{kind}-{side}.lua"
                script.write_text(in_turn(requests))
                self.scripts[followees, kind, side] = script

    def rows(self):
        rows = []
        for followees, goal in self.goals.items():
            for kind in (200, 304):
                name = f"{self.name} {followees}" + (" 304" if kind == 304 else "")
                rows.append(Row(name, self.unit, lambda f=followees, k=kind: self.ours(f, k),
                                lambda f=followees, k=kind: self.theirs(f, k), goal))
        return rows

    def ours(self, followees, kind):
        before, sent = cpu_seconds(self.child.pid), statements(self.port)
        load = wrk(self.port, PATH, self.seconds, script=self.scripts[followees, kind, "product"], may_refuse=True)
        cpu = cpu_seconds(self.child.pid) - before
        answered = max(load.requests - load.refused, 1)
        return Measure(answered, load.seconds, {
            "KB": self.nginx[followees][3] / 1000 if kind == 200 else 0, "p99_ms": 1000 * load.p99, "cpu_us": 1e6 * cpu / answered,
            "statements": (statements(self.port) - sent) / answered, "refused": load.refused})

    def theirs(self, followees, kind):
        process, port, path, _ = self.nginx[followees]
        before = cpu_seconds(process.pid)
        load = wrk(port, path, self.seconds, script=self.scripts[followees, kind, "limit"])
        return Measure(load.requests, load.seconds, {"nginx_cpu_us": 1e6 * (cpu_seconds(process.pid) - before) / load.requests})

    def close(self):
        for child in (self.child, *(nginx[0] for nginx in self.nginx.values())):
            self.server.stop(child)


class HomeRows(Home):
    """The same where no index is kept: from prepared rows whose first ids lie in Redis, against a GET of a page's bytes
    from Redis, as if the page lay there ready. 64 connections, one core for either server."""
    name = "home-rows"
    goals = {104: 0.1}
    indexed = False

    def settings_of_serve(self):
        return {"FEEDCTL_FEED_INDEX": "off", "FEEDCTL_REDIS_URL": self.server.redis()}

    def prepare_world(self):
        self.server.psql("""
            INSERT INTO feed_state (user_id, state, seen_at) SELECT id, 2, now() FROM users WHERE id >= 10000000 AND id < 20000000;
            INSERT INTO user_feed SELECT f.follower_id, p.id, p.author_id FROM posts p JOIN follows f ON f.followee_id = p.author_id;
            VACUUM ANALYZE feed_state, user_feed;""", self.database)
        self.redis_port = self.server.redis_on_port(SERVER_CORE)

    def rows(self):
        return [row for row in super().rows() if "304" not in row.name]

    def theirs(self, followees, kind):
        self.server.redis_command("SET", "page", "x" * self.nginx[followees][3], port=self.redis_port)
        return Measure(redis_benchmark(self.redis_port, self.size(200_000, 2_000), 64, "GET", "page"), 1)


ALL = {bench.name: bench for bench in (Home, HomeRows)} if all(map(shutil.which, ("nginx", "wrk", "redis-server"))) else {}
