"""Likes over HTTP, which share commits where they wait together, against pgbench with one statement a like: spread over
posts with 8 clients, and all of one hot post with 32."""
import shutil
import statistics

from measures import Bench, Measure, Row
from web import SCRIPT, Tally, start_serve, wrk
from writes import pgbench, pgbench_form

POSTS, AUTHORS, LIKED = 100_000, 1_000, 20_000
HOT = 7

WORLD = f"""
INSERT INTO users (id, handle, shard) SELECT i, 'a' || i, feedctl_shard(i) FROM generate_series(1, {AUTHORS}) i;
INSERT INTO user_stats SELECT id, 0, 0 FROM users;
INSERT INTO posts (id, author_id, shard, text)
SELECT i, 1 + i % {AUTHORS}, feedctl_shard(1 + i % {AUTHORS}), 'a post' FROM generate_series(1, {POSTS}) i;
INSERT INTO likes (user_id, post_id) SELECT 9000000000000 + i, i FROM generate_series(1, {LIKED}) i;
INSERT INTO post_likes SELECT i, (i <= {LIKED})::integer FROM generate_series(1, {POSTS}) i;
VACUUM ANALYZE;
"""

# One like as one statement: lock, like, counter, event. What goes together in batches does the same for many.
SINGLE = """
WITH post AS MATERIALIZED (
  SELECT post_id FROM post_likes WHERE post_id = $2::bigint
    AND (SELECT (SELECT u.deleted_at FROM users u WHERE u.id = p.author_id) FROM posts p WHERE p.id = $2) IS NULL
  FOR UPDATE
),
liked AS (
  INSERT INTO likes (user_id, post_id) SELECT $1::bigint, post_id FROM post
  ON CONFLICT (user_id, post_id) DO NOTHING RETURNING id, user_id, post_id, created_at
),
counter AS (UPDATE post_likes p SET like_count = p.like_count + 1 FROM liked l WHERE p.post_id = l.post_id),
event AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 1, feedctl_shard(user_id), user_id, post_id, created_at FROM liked
)
SELECT EXISTS (SELECT FROM post), l.id, feedctl_us(l.created_at), pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN liked l ON true
"""


class Likes(Bench):
    name, unit, writes = "like", "likes", True

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.seconds = max(1, int(4 * scale))
        self.p99 = {}
        self.runs = 0
        self.tally = Tally("likes")
        server.psql(WORLD, self.database)
        self.child, self.port = start_serve(server, binary, self.database, {"FEEDCTL_AUTH_MODE": "open"}, core=None)

    def rows(self):
        slow = (self.server.folder / "slow_fsync.so").exists()
        for name, post, clients, goal in (("like-spread c=8", f"math.random(1, {POSTS})", 8, 1.5), ("like-hot c=32", str(HOT), 32, 12)):
            yield Row(name, self.unit, lambda n=name, p=post, c=clients: self.over_http(n, p, c),
                      lambda p=post, c=clients: self.bare(p, c), goal)
            if clients == 32:
                yield Row(name + " p99", "ms", lambda n=name: Measure(statistics.median(self.p99[n]), 1), None, 6 if slow else 2, "most")

    def count(self):
        return int(self.server.psql("SELECT count(*) FROM likes", self.database))

    def over_http(self, name, post, clients):
        """Each like is of a new user."""
        self.runs += 1
        script = self.server.folder / "like.lua"
        script.write_text(SCRIPT + f"""
local user = {self.runs * 10**9}
function request()
  user = user + 1
  return request_of('POST', '/v1/posts/' .. {post} .. '/likes', {{['X-User-Id'] = string.format('%d', user)}})
end
""")
        self.server.recycle_log(self.database)
        before = self.count()
        load = wrk(self.port, "/v1/likes", self.seconds, clients, script=script, core=None)
        made = self.count() - before
        self.tally.check(made, load.requests, clients)
        self.p99.setdefault(name, []).append(1000 * load.p99)
        return Measure(load.requests, load.seconds, {"p50_ms": 1000 * load.p50, "p99_ms": 1000 * load.p99})

    def bare(self, post, clients):
        chosen = f"random(1, {POSTS})" if "random" in post else post
        script = f"\\set user random(1, 4000000000000)\n\\set post {chosen}\n" + pgbench_form(SINGLE, p1=":user", p2=":post")
        rate, mean = pgbench(self.server, self.database, script, clients, self.seconds)
        return Measure(rate, 1, {"pgbench_mean_ms": mean})

    def close(self):
        self.server.stop(self.child)


ALL = {Likes.name: Likes} if shutil.which("wrk") else {}
