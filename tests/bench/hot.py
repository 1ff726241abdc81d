#!/usr/bin/env python3
"""Does a refresh of the hot feed cost the same with ten million likes as with ten thousand?

Two worlds in one PostgreSQL: the same posts, few likes and many, all inside the 24 hours that count.
In turns, each gets a like and then the statements that a refresh runs (sql/queries/hot: begin,
far_behind, aggregate, ranking), in one session, as prepared statements. Times are medians and hold the
round trip over a unix socket. A figure is read by people: no ratio ends a run with an error."""
import argparse
import json
import os
import pathlib
import re
import signal
import statistics
import sys

sys.dont_write_bytecode = True
BENCH = pathlib.Path(__file__).parent
sys.path.insert(0, str(BENCH))
import server as servers  # noqa: E402
from server import Server  # noqa: E402

SIZE = 1000  # posts of a ranking

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
           WHERE post_id = (SELECT id FROM posts ORDER BY id OFFSET {nth} LIMIT 1) RETURNING post_id),
     l AS (INSERT INTO likes (user_id, post_id, created_at)
           SELECT 1000000000 + {nth}, post_id, clock_timestamp() FROM c RETURNING *)
INSERT INTO events (type, shard, actor, object, liked_at) SELECT 1, 0, user_id, post_id, created_at FROM l;
"""


def statement(name):
    return servers.statement("hot/" + name)


class World:
    """One database with so many likes."""

    def __init__(self, server, binary, name, posts, likes):
        self.server, self.name = server, name
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
        script = ["\\o /dev/null", f"PREPARE ranking(integer) AS {statement('ranking')};",
                  f"PREPARE aggregate AS {statement('aggregate')};", f"PREPARE far_behind AS {statement('far_behind')};"]
        for nth in range(first, first + count):
            script += [LIKE.format(nth=nth), "BEGIN;", statement("begin") + ";", "\\timing on", "\\echo far_behind",
                       "EXECUTE far_behind;", "\\echo aggregate", "EXECUTE aggregate;", "\\timing off", "COMMIT;",
                       "\\timing on", "\\echo ranking", f"EXECUTE ranking({SIZE});", "\\timing off"]
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


def measure(worlds, rounds, each):
    times = {name: {} for name in worlds}
    for turn in range(rounds + 1):
        for name, world in worlds.items():
            found = world.refreshes(turn * each, each)
            if turn == 0:  # warms up
                continue
            for part, values in found.items():
                times[name].setdefault(part, []).extend(values)
    return {name: {part: statistics.median(values) for part, values in parts.items()} for name, parts in times.items()}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("FEEDCTL_BINARY", "build/release/apps/feedctl/feedctl"))
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=10_000, help="likes of the small world")
    parser.add_argument("--many", type=int, default=10_000_000, help="likes of the large one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--each", type=int, default=40, help="refreshes of a world in a round")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    server = Server()
    try:
        worlds = {"few": World(server, binary, "bench_hot_few", arguments.posts, arguments.few),
                  "many": World(server, binary, "bench_hot_many", arguments.posts, arguments.many)}
        medians = measure(worlds, arguments.rounds, arguments.each)
        for world in worlds.values():
            if world.wrong_scores():
                raise SystemExit("the scores are not those of the likes")
    finally:
        server.close()
    for part in ("far_behind", "aggregate", "ranking", "all"):
        few, many = (sum(medians[w].values()) if part == "all" else medians[w][part] for w in ("few", "many"))
        row = {"bench": "hot " + part, "few_likes": arguments.few, "many_likes": arguments.many,
               "few_ms": round(few, 3), "many_ms": round(many, 3), "ratio": round(many / few, 2),
               "goal": "<= 1.2x, <= 1 ms", "reached": many <= 1.2 * few and many <= 1}
        if arguments.json:
            print(json.dumps(row), flush=True)
        else:
            print(f"{row['bench']:15} {arguments.few:,} likes {few:7.3f} ms   {arguments.many:,} likes {many:7.3f} ms"
                  f"   ratio {row['ratio']:.2f}", flush=True)


if __name__ == "__main__":
    main()
