"""Does a refresh of the hot feed cost the same with ten million likes as with ten thousand?

Two worlds in one PostgreSQL: the same posts, few likes and many, all inside the 24 hours that count.
In turns, each gets a like and then the statements that a refresh runs (sql/queries/hot: begin,
far_behind, aggregate, ranking), in one session, as prepared statements. Times are medians and hold the
round trip over a unix socket."""
import re
import statistics

import server as servers
from measures import Bench, Measure, Row

EACH = 40  # refreshes of a measure


def statement(name):
    return servers.statement("hot/" + name)


POSTS = """
INSERT INTO posts (id, shard, text)
SELECT feedctl_id_at(now() - interval '30 days') + i, 0, 'a post' FROM generate_series(1, {posts}) i;
CREATE TEMP TABLE numbered AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM posts;
CREATE INDEX ON numbered (n);
"""

# As wide as the likes of a day: user i likes post i mod posts.
LIKES = """
INSERT INTO likes (user_id, post_id, created_at)
SELECT 1 + i / {posts}, n.id, now() - interval '20 hours' * (i::float8 / {likes})
FROM generate_series(0, {likes} - 1) i JOIN numbered n ON n.n = i % {posts};
INSERT INTO post_likes (post_id, like_count)
SELECT p.id, coalesce(c.n, 0) FROM posts p
LEFT JOIN (SELECT post_id, count(*) AS n FROM likes GROUP BY post_id) c ON c.post_id = p.id;
"""

LIKE = """
WITH c AS (UPDATE post_likes SET like_count = like_count + 1
           WHERE post_id = (SELECT id FROM posts ORDER BY id OFFSET {post} LIMIT 1) RETURNING post_id),
     l AS (INSERT INTO likes (user_id, post_id, created_at)
           SELECT 1000000000 + {nth}, post_id, clock_timestamp() FROM c RETURNING *)
INSERT INTO events (type, shard, actor, object, liked_at) SELECT 1, 0, user_id, post_id, created_at FROM l;
"""


class World:
    """One database with so many likes."""

    def __init__(self, server, binary, name, posts, likes):
        self.server, self.name, self.posts = server, name, posts
        server.create(name)
        server.feedctl(binary, ["migrate", "up"], name)
        made = server.psql("""SELECT indexrelid::regclass, coalesce(conname, ''),
            CASE WHEN conname IS NULL THEN pg_get_indexdef(indexrelid)
                 ELSE 'ALTER TABLE likes ADD CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(c.oid) END
            FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
            WHERE i.indrelid = 'likes'::regclass""", name)
        indexes = [line.split("|", 2) for line in made.splitlines()]
        script = "SET maintenance_work_mem = '512MB'; SET work_mem = '256MB';"
        script += "".join(f"ALTER TABLE likes DROP CONSTRAINT {c};" if c else f"DROP INDEX {i};" for i, c, _ in indexes)
        script += POSTS.format(posts=posts) + LIKES.format(posts=posts, likes=likes)
        script += "".join(f"{made};" for _, _, made in indexes) + "VACUUM ANALYZE;" + statement("recompute") + ";CHECKPOINT;"
        server.psql(script, name, timeout=3600)

    def refreshes(self, first, count):
        """Milliseconds of each statement of `count` refreshes, each behind a like."""
        script = ["\\o /dev/null", f"PREPARE ranking AS {statement('ranking')};",
                  f"PREPARE aggregate AS {statement('aggregate')};", f"PREPARE far_behind AS {statement('far_behind')};"]
        for nth in range(first, first + count):
            script += [LIKE.format(nth=nth, post=nth % self.posts), "BEGIN;", statement("begin") + ";", "\\timing on", "\\echo far_behind",
                       "EXECUTE far_behind;", "\\echo aggregate", "EXECUTE aggregate;", "\\timing off", "COMMIT;",
                       "\\timing on", "\\echo ranking", "EXECUTE ranking;", "\\timing off"]
        lines = self.server.psql("\n".join(script), self.name).splitlines()
        times = {"far_behind": [], "aggregate": [], "ranking": []}
        for label, line in zip(lines, lines[1:]):
            found = re.match(r"Time: ([0-9.]+) ms", line)
            if label in times and found:
                times[label].append(float(found[1]))
        return times

    def wrong_scores(self):
        return int(self.server.psql("""SELECT count(*) FROM hot_scores h FULL JOIN
            (SELECT post_id, count(*) AS n FROM likes WHERE created_at > (SELECT window_start FROM hot_state)
             GROUP BY post_id) t USING (post_id) WHERE h.score IS DISTINCT FROM t.n""", self.name))


class HotRecompute(Bench):
    name, unit = "hot-recompute", "ms"
    parts = ("far_behind", "aggregate", "ranking")

    def __init__(self, server, binary, scale):
        self.scale = scale
        posts, self.likes = self.size(100_000, 500), {"few": self.size(10_000, 200), "many": self.size(10_000_000, 2_000)}
        self.worlds = {name: World(server, binary, f"bench_hot_{name}", posts, likes) for name, likes in self.likes.items()}
        self.turn = 0
        for name in self.worlds:
            self.refresh(name)  # warms up

    def refresh(self, name):
        self.turn += 1
        times = self.worlds[name].refreshes(self.turn * EACH, EACH)
        medians = {part: statistics.median(times[part]) for part in self.parts}
        return Measure(sum(medians.values()), 1, {f"{part}_{name}_ms": medians[part] for part in self.parts})

    def rows(self):
        many, few = (lambda name=name: self.refresh(name) for name in ("many", "few"))
        return [Row(self.name, self.unit, many, few, 1.2, "times"),
                Row(f"{self.name} time", self.unit, many, None, 1, "most")]

    def close(self):
        if any(world.wrong_scores() for world in self.worlds.values()):
            raise SystemExit("the scores are not those of the likes")


ALL = {HotRecompute.name: HotRecompute}
