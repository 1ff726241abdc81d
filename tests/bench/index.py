"""The feed index over a generated world (at scale 1: 1M users, 10M follows, 1M posts): a page of 50 in
memory against the same from a Redis list and from prepared rows in PostgreSQL, and its loads from nothing."""
import json
import pathlib
import shutil
import statistics

from measures import Bench, Measure, Row
from server import output_of

READERS = 20  # of each kind
# Followees of a reader, and what the spike took for a page, microseconds.
KINDS = {10: 2.0, 104: 4.7, 541: 9.8, 2510: 29.0}

# Reader n of those who follow k others has the handle k<k>_<n>; followees are drawn by how much they post.
READERS_SQL = """
INSERT INTO users (id, handle, shard)
  SELECT id, 'k' || k || '_' || n, feedctl_shard(id)
  FROM unnest(ARRAY[{kinds}]) k, generate_series(1, {readers}) n,
       LATERAL (SELECT feedctl_id_at(now() - interval '90 days') + k::bigint * 100000 + n AS id) made;
INSERT INTO user_stats SELECT id, 0, 0 FROM users WHERE handle ~ '^k[0-9]+_[0-9]+$';
SELECT setseed(0.5);
CREATE TEMP TABLE drawn AS SELECT row_number() OVER (ORDER BY random()) AS n, author_id AS followee_id FROM posts WHERE deleted_at IS NULL;
CREATE INDEX ON drawn (n);
INSERT INTO follows
  SELECT u.id, f.followee_id FROM users u,
    LATERAL (SELECT substring(u.handle FROM '^k([0-9]+)')::int AS k, substring(u.handle FROM '_([0-9]+)$')::int AS reader) r,
    LATERAL (SELECT followee_id FROM (
               SELECT followee_id, count(*) AS posts FROM drawn
               WHERE n BETWEEN r.reader * {step} AND r.reader * {step} + 20 * r.k GROUP BY 1) candidates
             ORDER BY posts DESC, followee_id LIMIT r.k) f
  WHERE u.handle ~ '^k[0-9]+_[0-9]+$';
INSERT INTO user_feed
  SELECT u.id, p.id, p.author_id FROM users u,
    LATERAL (SELECT p.id, p.author_id FROM follows f JOIN posts p ON p.author_id = f.followee_id
             WHERE f.follower_id = u.id AND p.deleted_at IS NULL ORDER BY p.id DESC LIMIT 800) p
  WHERE u.handle ~ '^k[0-9]+_[0-9]+$';
VACUUM ANALYZE users, user_stats, follows, user_feed;
"""


def make_world(server, binary, database, scale):
    """The generated world, once for all benches that name it."""
    if server.psql(f"SELECT count(*) FROM pg_database WHERE datname = '{database}'", "postgres") == "1":
        return
    server.create(database)
    server.feedctl(binary, ["migrate", "up"], database)
    people = max(2_000, int(1_000_000 * scale))
    server.feedctl(binary, ["seed", "--users", str(people), "--likes", str(people), "--feeds", "none"], database, timeout=1200)
    kinds = [k for k in KINDS if k * 20 < people]
    server.psql(READERS_SQL.format(kinds=", ".join(map(str, kinds)), readers=READERS, step=people // 2 // READERS),
                database)


class Index(Bench):
    name, world = "index", "bench_world"

    def __init__(self, server, binary, scale):
        self.server, self.binary, self.scale, self.database = server, binary, scale, self.world
        make_world(server, binary, self.database, scale)
        found = server.psql("""SELECT k, string_agg(id::text, ',') FROM (
            SELECT substring(handle FROM '^k([0-9]+)_')::int AS k, id FROM users WHERE handle ~ '^k[0-9]+_[0-9]+$') u
            JOIN follows f ON f.follower_id = id GROUP BY k, id HAVING count(*) = k""", self.database)
        self.readers = {}
        for line in found.splitlines():
            kind, ids = line.split("|")
            self.readers.setdefault(int(kind), []).append(ids.split(",")[0])
        self.runs, self.place = [], None
        server.redis()

    def run_of(self, number):
        """The figures of the number-th run of the program over the index; all rows share them."""
        while len(self.runs) <= number:
            program = pathlib.Path(self.binary).parents[2] / "tests/bench/bench_index"
            kinds = [f"{k}={','.join(ids)}" for k, ids in self.readers.items()]
            out = output_of([program, self.server.url(self.database)] + kinds)
            self.runs.append(json.loads(out))
        return self.runs[number]

    def figure(self, name, *notes):
        """A measure that gives the figure of the first run, then that of the second, .."""
        turn = iter(range(1000))

        def give():
            run = self.run_of(next(turn))
            return Measure(run[name], 1, {note: run[note] for note in notes})
        return give

    def rows(self):
        share = self.scale  # of the world that the goals are for
        rows = [Row(f"index-page {k}", "us", self.figure(f"p50_{k}", f"p99_{k}", f"posts_{k}"), self.from_redis, round(1.2 * KINDS[k], 2), "most")
                for k in sorted(self.readers)]
        rows += [Row(f"index-page {k} rows", "us", self.figure(f"p50_{k}"), lambda k=k: self.from_rows(k), 0.2, "times")
                 for k in sorted(self.readers)]
        return rows + [
            Row("index-load posts", "s", self.figure("posts_s", "posts"), None, 1 * share, "most"),
            Row("index-load sets", "s", self.figure("sets_s", "sets"), None, 4 * share, "most"),
            Row("index-memory", "MB", self.figure("mb", "posts_mb", "own_count_mb"), None, 160 * share, "most")]

    def from_redis(self):
        """LRANGE of 50 ids over a unix socket, one after the other; the median."""
        self.server.redis_command("DEL", "feed")
        self.server.redis_command("RPUSH", "feed", *(6_000_000_000_000_000 - 7919 * n for n in range(800)))
        out = output_of(["redis-benchmark", "-s", self.server.redis_socket, "-c", "1", "-n", str(self.size(20_000, 500)), "--csv",
                         "LRANGE", "feed", "0", "49"]).splitlines()
        names, values = ([word.strip('"') for word in line.split(",")] for line in out[-2:])
        return Measure(1000 * float(dict(zip(names, values))["p50_latency_ms"]), 1)

    def from_rows(self, kind):
        """50 rows of user_feed by a prepared statement over a unix socket; the median of pgbench's log."""
        script = "\\set n random(0, 19)\n" + " ".join(
            f"\\if :n = {n}\n\\set reader {reader}\n\\endif\n" for n, reader in enumerate(self.readers[kind])) \
            + "SELECT post_id, author_id FROM user_feed WHERE user_id = :reader ORDER BY post_id DESC LIMIT 50;\n"
        (self.server.folder / "page.sql").write_text(f"\\set reader {self.readers[kind][0]}\n" + script)
        logs = self.server.folder / "pgbench_log"
        output_of([self.server.programs / "pgbench", "-h", self.server.folder, "-U", "postgres", "-n", "-M", "prepared", "-c", "1",
                   "-t", str(self.size(10_000, 200)), "-l", f"--log-prefix={logs}", "-f", self.server.folder / "page.sql", self.database])
        took = []
        for log in self.server.folder.glob("pgbench_log.*"):
            took += [int(line.split()[2]) for line in log.read_text().splitlines()]
            log.unlink()
        return Measure(statistics.median(took), 1)


ALL = {Index.name: Index} if shutil.which("redis-server") else {}
