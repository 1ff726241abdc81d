"""Bulk loads of generated worlds against raw binary COPY."""
import json
import subprocess
import time

from measures import Bench, Measure


class Seed(Bench):
    """feedctl seed, inventing included, against raw binary COPY of the same rows and the same indexes.
    Likes and feeds, which the raw copy has not, are loaded once beside it; their seconds are notes."""
    name, unit, goal, by, writes = "seed", "seconds", 1.5, "times", True
    tables = ("follows", "posts", "users", "user_stats", "post_likes")

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.people = self.size(100_000, 500)
        server.create("bench_seed_empty", self.database)
        self.beside = self.load_likes_and_feeds()
        self.product()
        self.made = int(server.psql(" ".join(["SELECT"] + [" + ".join(f"(SELECT count(*) FROM {t})" for t in self.tables)]),
                                    self.database))
        for table in self.tables:
            server.psql(f"COPY {table} TO '{server.folder}/{table}.copy' (FORMAT binary)", self.database)
        noted = server.psql("""SELECT i.indrelid::regclass, i.indexrelid::regclass, c.conname, CASE WHEN c.conname IS NULL
            THEN pg_get_indexdef(i.indexrelid) ELSE 'ALTER TABLE ' || i.indrelid::regclass || ' ADD ' || pg_get_constraintdef(c.oid) END
            FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'p'
            WHERE i.indrelid::regclass::text IN ('%s')""" % "', '".join(self.tables), self.database)
        self.indexes = [line.split("|", 3) for line in noted.splitlines()]

    def words(self, likes, feeds):
        n = str(self.people)
        return ["seed", "--users", n, "--posts", n, "--follows", str(10 * self.people), "--likes", str(likes),
                "--feeds", feeds, "-o", "json"]

    def load_likes_and_feeds(self):
        self.server.create(self.database, "bench_seed_empty")
        out = self.server.feedctl(self.binary, self.words(10 * self.people, "active"), self.database)
        report = json.loads(out.splitlines()[-1]) if out else {}
        size = int(self.server.psql("SELECT pg_database_size(current_database())", self.database))
        return {"likes_seconds": report.get("seconds_loading_likes", 0), "feeds_seconds": report.get("seconds_making_feeds", 0),
                "feed_rows": report.get("feed_rows", 0), "whole_megabytes": size // 1_000_000}

    def product(self):
        self.server.create(self.database, "bench_seed_empty")
        start = time.monotonic()
        self.server.feedctl(self.binary, self.words(0, "none"), self.database)
        return Measure(time.monotonic() - start, 1, {"rows": getattr(self, "made", 0), **self.beside})

    def limit(self):
        self.server.create(self.database, "bench_seed_empty")
        self.server.psql("".join(f"ALTER TABLE {t} DROP CONSTRAINT {c};" if c else f"DROP INDEX {i};"
                                 for t, i, c, _ in self.indexes), self.database)

        def script(tables):
            return "SET maintenance_work_mem = '512MB';" + "".join(
                f"BEGIN; COPY {t} FROM '{self.server.folder}/{t}.copy' (FORMAT binary); COMMIT;"
                + "".join(f"{made};" for of, _, _, made in self.indexes if of == t) + f"VACUUM (ANALYZE) {t};"
                for t in tables)
        start = time.monotonic()
        argv = [self.server.programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.server.folder, "-U", "postgres",
                "-d", self.database, "-f", "-"]
        parts = []
        for tables in (self.tables[:1], self.tables[1:2], self.tables[2:]):
            parts.append(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True))
            parts[-1].stdin.write(script(tables))
            parts[-1].stdin.close()
        if any([part.wait() != 0 for part in parts]):
            raise SystemExit("seed: the raw COPY failed")
        return Measure(time.monotonic() - start, 1)


ALL = {bench.name: bench for bench in (Seed,)}
