"""Each bench makes its world once and then gives, as often as asked, one measure of the product and one
of its limit: how much of what they did, and in how many seconds."""
import collections
import dataclasses
import pathlib
import subprocess
import time
import typing

# `notes`: what else was seen, for the table's last column.
Measure = collections.namedtuple("Measure", "amount seconds notes", defaults=({},))


@dataclasses.dataclass
class Row:
    """A line of the table. `by` says how the goal is met:
    ratio: rate of the product / rate of the limit >= goal    rate: rate of the product >= goal
    times: figure of the product <= goal x that of the limit  most: figure of the product <= goal
    Where `limit` is None nothing is there to compare with."""
    name: str
    unit: str
    product: typing.Callable
    limit: typing.Optional[typing.Callable]
    goal: float
    by: str = "ratio"
    least: float = 0  # rate that the product is to reach besides

    def goal_in_words(self):
        if self.by == "ratio":
            return f">= {self.goal:g}" + (f" and {self.least:g} {self.unit}/s" if self.least else "")
        if self.by == "times":
            return f"<= {self.goal:g}x"
        return f">= {self.goal:g} {self.unit}/s" if self.by == "rate" else f"<= {self.goal:g} {self.unit}"

    def reached(self, product, limit):
        if self.by == "ratio":
            return product >= self.goal * limit and product >= self.least
        if self.by == "times":
            return product <= self.goal * limit
        return product >= self.goal if self.by == "rate" else product <= self.goal


WAIT = """DO $$ BEGIN
  FOR i IN 1 .. 120000 / {pause} LOOP
    IF {condition} THEN RETURN; END IF;
    PERFORM pg_sleep({pause} / 1000.0);
  END LOOP;
  RAISE EXCEPTION 'not done in two minutes';
END $$;"""

# Readers i and authors i with the ids :base + i and :base + 10^7 + i.
PEOPLE = """
SELECT feedctl_id_at(now() - interval '60 days') AS base \\gset
INSERT INTO users (id, handle, shard) SELECT :base + i, 'r' || i, feedctl_shard(:base + i) FROM generate_series(1, {readers}) i;
INSERT INTO users (id, handle, shard) SELECT :base + 10000000 + i, 'a' || i, feedctl_shard(:base + 10000000 + i) FROM generate_series(0, {authors} - 1) i;
INSERT INTO follows SELECT :base + i, :base + 10000000 + i % {authors} FROM generate_series(1, {readers}) i;
INSERT INTO user_stats SELECT id, (SELECT count(*) FROM follows WHERE followee_id = id), (SELECT count(*) FROM follows WHERE follower_id = id) FROM users;
INSERT INTO feed_state (user_id, state) SELECT :base + i, 2 FROM generate_series(1, {readers}) i;
INSERT INTO posts (id, author_id, shard, text)
SELECT feedctl_id_at(now() - interval '1 hour') + i, :base + 10000000 + i % {authors}, feedctl_shard(:base + 10000000 + i % {authors}), 'a post'
FROM generate_series(0, {posts} - 1) i;
INSERT INTO post_likes (post_id) SELECT id FROM posts;
VACUUM ANALYZE;
"""


class Bench:
    name = goal = unit = ""
    by, least = "ratio", 0  # as of Row
    settings = {}  # of its server
    writes = False  # measured on both disks
    world = None  # name of a database that several benches use, one after the other

    def __init__(self, server, binary, scale):
        self.server, self.binary, self.scale = server, binary, scale
        self.database = "bench_" + self.name.replace("-", "_")
        server.create(self.database)
        server.feedctl(binary, ["migrate", "up"], self.database)

    def size(self, number, least):
        return max(least, int(number * self.scale))

    def clocked(self, prepare, work):
        """Seconds of `work` by the server's clock."""
        out = self.server.psql(f"{prepare}\nSELECT clock_timestamp() AS began \\gset\n{work}\n"
                               "SELECT 'seconds ' || extract(epoch FROM clock_timestamp() - :'began'::timestamptz);",
                               self.database)
        return float(out.rsplit("seconds ", 1)[1])

    def expect_rows(self, expected):
        found = int(self.server.psql("SELECT count(*) FROM user_feed", self.database))
        if found != expected:
            raise SystemExit(f"{self.name}: {found} rows of user_feed instead of {expected}")

    def rows(self):
        return [Row(self.name, self.unit, self.product, self.limit, self.goal, self.by, self.least)]

    def close(self):
        pass


class FanOut(Bench):
    """One post to many followers, from its event's commit to its last row, against the bare INSERT .. SELECT."""
    name, unit, goal, writes = "fan-out", "rows", 0.8, True

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.followers = self.size(200_000, 2_000)
        server.psql(PEOPLE.format(readers=self.followers, authors=1, posts=1), self.database)
        self.worker = server.start(binary, ["work"], self.database,
                                   {"FEEDCTL_FEED_FANOUT_MAX_FOLLOWERS": "100000000"})
        time.sleep(1.5)

    def product(self):
        self.server.psql("TRUNCATE user_feed", self.database)
        seconds = self.clocked(
            "SELECT last_value - (NOT is_called)::int AS before FROM job_id_sequence \\gset\n"
            "SELECT set_config('bench.before', :'before', false);"
            "INSERT INTO events (type, shard, actor, object) SELECT 5, shard, author_id, id FROM posts;",
            WAIT.format(pause=5, condition="NOT EXISTS (SELECT FROM jobs) AND (SELECT last_value FROM job_id_sequence)"
                                           " > current_setting('bench.before')::bigint AND EXISTS (SELECT FROM user_feed LIMIT 1)"))
        self.expect_rows(self.followers)
        return Measure(self.followers, seconds)

    def limit(self):
        self.server.psql("TRUNCATE user_feed", self.database)
        seconds = self.clocked("", """INSERT INTO user_feed SELECT f.follower_id, p.id, p.author_id
            FROM posts p JOIN follows f ON f.followee_id = p.author_id JOIN feed_state s ON s.user_id = f.follower_id
            WHERE s.state > 0 ORDER BY 1, 2;""")
        return Measure(self.followers, seconds)

    def close(self):
        self.server.stop(self.worker)


class Worker(Bench):
    """PostCreated with ten followers each through `feedctl work`, against its statement in batches of 500."""
    name, unit, goal, least, writes = "worker", "events", 0.6, 8000, True

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.events = self.size(30_000, 500)
        server.psql(PEOPLE.format(readers=2000, authors=200, posts=self.events), self.database)
        self.worker = server.start(binary, ["work"], self.database)
        time.sleep(1.5)

    def product(self):
        self.server.psql("TRUNCATE user_feed", self.database)
        seconds = self.clocked(
            "INSERT INTO events (type, shard, actor, object) SELECT 5, shard, author_id, id FROM posts ORDER BY id;",
            WAIT.format(pause=50, condition=f"(SELECT count(*) FROM user_feed) >= {10 * self.events}"))
        self.expect_rows(10 * self.events)
        return Measure(self.events, seconds)

    def limit(self):
        self.server.psql("TRUNCATE user_feed; CREATE TABLE IF NOT EXISTS place (at bigint); DELETE FROM place;"
                         "INSERT INTO place VALUES (0)", self.database)
        seconds = self.clocked("", """DO $$ DECLARE batch bigint[]; BEGIN LOOP
            SELECT array_agg(id) INTO batch FROM (SELECT id FROM posts WHERE id > (SELECT at FROM place) ORDER BY id LIMIT 500) b;
            EXIT WHEN batch IS NULL;
            INSERT INTO user_feed SELECT f.follower_id, p.id, p.author_id FROM posts p
              JOIN follows f ON f.followee_id = p.author_id JOIN feed_state s ON s.user_id = f.follower_id
              WHERE p.id = ANY (batch) AND s.state > 0 ORDER BY 1, 2 ON CONFLICT DO NOTHING;
            UPDATE place SET at = batch[array_length(batch, 1)];
            COMMIT;
          END LOOP; END $$;""")
        self.expect_rows(10 * self.events)
        return Measure(self.events, seconds)

    def close(self):
        self.server.stop(self.worker)


class Arrival(Bench):
    """How late the 99th of 100 ordinary posts is in its followers' feeds while a post to many goes out,
    and without that one. The server notes when each row was committed."""
    name, unit, goal, by = "arrival", "ms", 2000, "most"
    settings = {"track_commit_timestamp": "on"}
    posts = 400

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.followers = self.size(200_000, 2_000)
        # Author 0 is followed by all, author n > 0 by ten of them.
        server.psql(PEOPLE.format(readers=self.followers, authors=1, posts=1) + """
INSERT INTO users (id, handle, shard) SELECT :base + 10000000 + i, 'a' || i, feedctl_shard(:base + 10000000 + i) FROM generate_series(1, 100) i;
INSERT INTO follows SELECT :base + 1 + (i * 10 + n), :base + 10000000 + i FROM generate_series(1, 100) i, generate_series(0, 9) n;
INSERT INTO user_stats SELECT :base + 10000000 + i, 10, 0 FROM generate_series(1, 100) i;
VACUUM ANALYZE;""", self.database)
        self.worker = server.start(binary, ["work"], self.database,
                                   {"FEEDCTL_FEED_FANOUT_MAX_FOLLOWERS": "100000000"})
        time.sleep(1.5)

    def product(self):
        return self.late(True)

    def limit(self):
        return self.late(False)

    def late(self, beside_a_big_one):
        big = "INSERT INTO events (type, shard, actor, object) SELECT 5, shard, author_id, id FROM posts ORDER BY id LIMIT 1;"
        expected = 10 * self.posts + (self.followers if beside_a_big_one else 0)
        late = self.server.psql(f"""TRUNCATE user_feed;
            CREATE TEMP TABLE began AS SELECT clock_timestamp() AS at;
            {big if beside_a_big_one else ""}
            DO $$ DECLARE author bigint := (SELECT author_id FROM posts ORDER BY id LIMIT 1); BEGIN
              FOR i IN 1 .. {self.posts} LOOP
                WITH post AS (INSERT INTO posts (author_id, shard, text)
                  VALUES (author + 1 + i % 100, feedctl_shard(author + 1 + i % 100), 'a post') RETURNING id, author_id, shard)
                INSERT INTO events (type, shard, actor, object) SELECT 5, shard, author_id, id FROM post;
                COMMIT;
                PERFORM pg_sleep(0.005);
              END LOOP;
            END $$;
            {WAIT.format(pause=50, condition=f"(SELECT count(*) FROM user_feed) >= {expected}")}
            SELECT 'late ' || 1000 * percentile_cont(0.99) WITHIN GROUP
              (ORDER BY extract(epoch FROM pg_xact_commit_timestamp(f.xmin) - e.at))
            FROM events e JOIN posts p ON p.id = e.object JOIN user_feed f ON f.post_id = p.id
            WHERE p.author_id <> (SELECT author_id FROM posts ORDER BY id LIMIT 1) AND e.at > (SELECT at FROM began);""",
                                self.database)
        self.expect_rows(expected)
        return Measure(float(late.rsplit("late ", 1)[1]), 1)

    def close(self):
        self.server.stop(self.worker)


class Log(Bench):
    """The log read from its start in memory, as `serve` follows it, against COPY of the same rows as text."""
    name, unit, goal, by = "log", "events", 500_000, "rate"

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.events = self.size(500_000, 5_000)
        server.psql(f"INSERT INTO events (type, shard, actor, object) SELECT 8, 0, i, i FROM generate_series(1, {self.events}) i;"
                    "VACUUM ANALYZE events", self.database)

    def product(self):
        # <build>/apps/feedctl/feedctl and <build>/tests/bench/read_log
        reader = pathlib.Path(self.binary).parents[2] / "tests/bench/read_log"
        out = subprocess.run([reader, self.server.url(self.database)], check=True, text=True, capture_output=True, timeout=600)
        events, seconds = out.stdout.split()
        if int(events) != self.events:
            raise SystemExit(f"log: {events} events instead of {self.events}")
        return Measure(self.events, float(seconds))

    def limit(self):
        start = time.monotonic()
        self.server.psql("COPY (SELECT xid, id, at, type, shard, actor, object FROM events ORDER BY xid, id) TO STDOUT", self.database)
        return Measure(self.events, time.monotonic() - start)


class LogJson(Log):
    """The same as JSON lines, process and all."""
    name, goal = "log-json", 200_000

    def product(self):
        start = time.monotonic()
        out = self.server.feedctl(self.binary, ["events", "tail", "--from", "start", "--once", "-o", "jsonl"], self.database)
        seconds = time.monotonic() - start
        if out.count("\n") < self.events:
            raise SystemExit(f"log: {out.count(chr(10))} lines instead of {self.events}")
        return Measure(self.events, seconds)


class Rebuild(Bench):
    """feedctl rebuild-feed of all feeds, against one LATERAL INSERT .. SELECT into the same table."""
    name, unit, goal, writes = "rebuild", "rows", 0.7, True

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        people = self.size(20_000, 300)
        server.feedctl(binary, ["seed", "--users", str(people), "--likes", str(people), "--feeds", "all"], self.database)
        self.expected = int(server.psql("SELECT count(*) FROM user_feed", self.database))

    def product(self):
        self.server.psql("TRUNCATE user_feed", self.database)
        start = time.monotonic()
        self.server.feedctl(self.binary, ["rebuild-feed", "--all", "--concurrency", "2"], self.database)
        seconds = time.monotonic() - start
        self.expect_rows(self.expected)
        return Measure(self.expected, seconds)

    def limit(self):
        self.server.psql("TRUNCATE user_feed", self.database)
        seconds = self.clocked("", """INSERT INTO user_feed SELECT s.user_id, x.id, x.author_id FROM feed_state s
            CROSS JOIN LATERAL (SELECT p.id, p.author_id FROM follows f JOIN posts p ON p.author_id = f.followee_id
              WHERE f.follower_id = s.user_id AND p.deleted_at IS NULL AND p.id >= (SELECT floor FROM feed_floor)
              AND NOT EXISTS (SELECT FROM feed_pull q WHERE q.author_id = p.author_id) ORDER BY p.id OFFSET 0) x
            ORDER BY s.user_id, x.id;""")
        self.expect_rows(self.expected)
        return Measure(self.expected, seconds)


ALL = {bench.name: bench for bench in (FanOut, Worker, Arrival, Log, LogJson, Rebuild)}
