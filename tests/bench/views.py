"""Views of posts: POST /v1/views against the bare script that records one, a hundred of them at once, and what a view
occupies in Redis until it is flushed."""
import json
import os
import pathlib
import re
import selectors
import shutil
import statistics
import time

from measures import Bench, Measure, Row
from redis_client import RedisClient
from server import BENCH, output_of
from web import FIELDS, SCRIPT, Client, Tally, metrics, start_serve, statements, wrk

POSTS, VIEWERS = 10_000, 10_000
FIRST_VIEWER = 100_000
AT_ONCE = 100
VIEW_FIELDS = 3  # of views:pending
ANY_CORE = ",".join(map(str, sorted(os.sched_getaffinity(0))))

WORLD = f"""
INSERT INTO users (id, handle, shard) SELECT i, 'a' || i, feedctl_shard(i) FROM generate_series(1, 100) i;
INSERT INTO users (id, handle, shard)
  SELECT {FIRST_VIEWER} + i, 'v' || i, feedctl_shard({FIRST_VIEWER} + i) FROM generate_series(0, {VIEWERS}) i;
INSERT INTO user_stats SELECT id, 0, 0 FROM users;
INSERT INTO posts (id, author_id, shard, text)
  SELECT i, 1 + i % 100, feedctl_shard(1 + i % 100), 'a post' FROM generate_series(1, {POSTS}) i;
INSERT INTO post_likes (post_id) SELECT id FROM posts;
VACUUM ANALYZE;
"""


def record_script():
    """The script by which the product records views."""
    header = BENCH.parent.parent / "lib/views/record_script.hpp"
    return re.search(r'R"lua\((.*?)\)lua"', header.read_text(), re.S)[1]


class ViewsWorld(Bench):
    """serve with a Redis of its own for the counters."""

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        server.psql(WORLD, self.database)
        self.redis_port = server.redis_on_port(ANY_CORE)
        self.redis = RedisClient(("127.0.0.1", self.redis_port))
        self.url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.child, self.port = start_serve(server, binary, self.database, {
            "FEEDCTL_AUTH_MODE": "open", "FEEDCTL_VIEWS_REDIS_URL": self.url, "FEEDCTL_REDIS_TIMEOUT": "2s"}, core=None)
        self.wait_for_redis()

    def wait_for_redis(self):
        """Until views go to Redis: before serve knows its installation they go to PostgreSQL."""
        client, deadline, post = Client(self.port), time.monotonic() + 30, 0
        while self.pending() == 0:
            post += 1
            status, _, text = client.ask("POST", "/v1/views", json.dumps({"postId": post}), [f"X-User-Id: {FIRST_VIEWER + VIEWERS}"])
            if status != 200 or time.monotonic() > deadline:
                raise SystemExit(f"no view came to Redis: {status} {text}")
            time.sleep(0.05)
        client.close()

    def pending(self):
        return self.redis("LLEN", "views:pending") // VIEW_FIELDS

    def close(self):
        self.redis.close()
        self.server.stop(self.child)


class Views(ViewsWorld):
    """Views over HTTP, each of another pair of user and post, against the script called for one view at a time."""
    name, unit = "view", "views"

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.seconds = max(1, int(4 * scale))
        self.turn = 0
        self.tally = Tally("views in Redis")

    def rows(self):
        return [Row(f"view c={c}", self.unit, lambda c=c: self.over_http(c), lambda c=c: self.bare(c), 0.7) for c in (8, 32)]

    def script(self):
        # n and n + POSTS are views of one post, by users next to each other.
        path = self.server.folder / "view.lua"
        path.write_text(SCRIPT + f"""
local n = {self.turn} * 1000000
function request()
  n = n + 1
  local user = {FIRST_VIEWER} + (7919 * n + math.floor(n / {POSTS})) % {VIEWERS}
  return request_of('POST', '/v1/views', {{['Content-Type'] = 'application/json', ['X-User-Id'] = string.format('%d', user)}},
                    '{{"postId": ' .. string.format('%d', 1 + n % {POSTS}) .. '}}')
end
""")
        return path

    def batches(self):
        found = metrics(self.port)
        return found.get("feedctl_views_batch_size_count", 0)

    def in_postgresql(self):
        """Views that Redis did not take in time."""
        return metrics(self.port).get('feedctl_views_recorded_total{store="postgresql"}', 0)

    def over_http(self, connections):
        self.turn += 1
        elsewhere, before, batches, sent = self.in_postgresql(), self.pending(), self.batches(), statements(self.port)
        load = wrk(self.port, "/v1/views", self.seconds, connections, script=self.script(), core=None)
        made = self.pending() - before
        self.tally.check(made, load.requests, connections, self.in_postgresql() - elsewhere)
        return Measure(load.requests, load.seconds, {
            "p50_ms": 1000 * load.p50, "p99_ms": 1000 * load.p99, "statements": (statements(self.port) - sent) / load.requests,
            "views_a_call": load.requests / max(self.batches() - batches, 1)})

    def bare(self, connections):
        """`__rand_int__` stands for twelve digits; with a 1 before them they are an id, as the product's."""
        hash_of_script = self.redis("SCRIPT", "LOAD", record_script())
        requests, before = self.size(200_000, 2_000), self.pending()
        any_id = "1__rand_int__"
        out = output_of(["redis-benchmark", "-p", str(self.redis_port), "-n", str(requests), "-c", str(connections), "-r", str(VIEWERS),
                         "--csv", "EVALSHA", hash_of_script, "3", "views:pending", f"post:{any_id}:views", f"post:{any_id}:total",
                         "0", any_id, any_id, "0", "view"])
        made = self.pending() - before
        # Those of over_http whose answers wrk did not wait for may come now.
        if not 0.9 * requests <= made <= requests + self.tally.unanswered:
            raise SystemExit(f"{made} views in Redis of {requests} calls")
        names, values = ([word.strip('"') for word in line.rsplit(",", 7)] for line in out.strip().splitlines()[-2:])
        found = dict(zip(names, values))
        return Measure(float(found["rps"]), 1, {"redis_p99_ms": float(found["p99_latency_ms"])})


class HundredViews(ViewsWorld):
    """A hundred views at once, of users who view one post: how long until the last of them is answered, within the process and
    over as many connections. The 99th of a hundred such hundreds."""
    name = "views-100"
    goal_ms = 10

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.times = self.size(100, 5)
        self.next_post = 1

    def rows(self):
        return [Row("views-100 in process p99", "ms", self.in_process, None, self.goal_ms, "most"),
                Row("views-100 over HTTP p99", "ms", self.over_http, None, self.goal_ms, "most")]

    def posts(self, number):
        """The first of so many posts that nobody has viewed."""
        first, self.next_post = self.next_post, self.next_post + number
        if self.next_post > POSTS + 1:
            raise SystemExit("views-100: too many rounds")
        return first

    def measure(self, took, before, more=()):
        hundreds = len(took) + len(more)
        if self.pending() - before != AT_ONCE * hundreds:
            raise SystemExit(f"{self.pending() - before} views in Redis of {AT_ONCE * hundreds}")
        took.sort()
        return Measure(took[min(len(took) * 99 // 100, len(took) - 1)], 1, {"p50_ms": statistics.median(took)})

    def in_process(self):
        program = pathlib.Path(self.binary).parents[2] / "tests/bench/bench_views"
        first, before = self.posts(self.times + 1), self.pending()
        found = json.loads(output_of([program, "burst", self.server.url(self.database), self.url, str(first), str(FIRST_VIEWER),
                                      str(self.times)]))
        measure = self.measure(found["ms"], before, [found["first_ms"]])
        measure.notes["first_ms"] = found["first_ms"]  # connections and statements included
        return measure

    def over_http(self):
        first, before = self.posts(self.times + 1), self.pending()
        clients = [Client(self.port, FIELDS) for _ in range(AT_ONCE)]
        try:
            opening = self.hundred(clients, first)  # the users are known from then on
            took = [self.hundred(clients, first + n) for n in range(1, self.times + 1)]
        finally:
            for client in clients:
                client.close()
        return self.measure(took, before, [opening])

    @staticmethod
    def hundred(clients, post):
        """Milliseconds until the last answer."""
        body = json.dumps({"postId": post})
        requests = [(f"POST /v1/views HTTP/1.1\r\n{client.fields}X-User-Id: {FIRST_VIEWER + n}\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()
                    for n, client in enumerate(clients)]
        with selectors.DefaultSelector() as selector:
            for client in clients:
                selector.register(client.link, selectors.EVENT_READ)
            answers = {}
            start = time.monotonic()
            for client, request in zip(clients, requests):
                client.link.sendall(request)
            while selector.get_map():
                ready = selector.select(60)
                if not ready:
                    raise SystemExit("views-100: no answer in a minute")
                for key, _ in ready:
                    HundredViews.receive(selector, key.fileobj, answers)
            took = time.monotonic() - start
        if not all(b'"counted":true' in answer for answer in answers.values()):
            raise SystemExit("views-100: not every view was counted")
        return 1000 * took

    @staticmethod
    def receive(selector, link, answers):
        found = link.recv(4096)
        answers[link] = answers.get(link, b"") + found
        if not found or not answers[link].startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"a view was answered {answers[link]!r}")
        if answers[link].endswith(b"}"):
            selector.unregister(link)


class ViewBytes(Bench):
    """What a view occupies in Redis: its share of the post's viewers, of the post's total and of the pending list."""
    name, unit = "view-bytes", "bytes"
    first_id = 6_000_000_000_000_000  # ids as long as those of today
    a_call = 100

    def __init__(self, server, binary, scale):
        self.server, self.scale = server, scale
        server.redis()
        self.redis = RedisClient(server.redis_socket)

    def rows(self):
        spread, hot = self.size(1000, 10), self.size(100_000, 1000)
        return [Row(f"view-bytes {spread:,} x 100", self.unit, lambda: self.recorded(spread, 100), None, 100, "most"),
                Row(f"view-bytes 1 x {hot:,}", self.unit, lambda: self.recorded(1, hot), None, 100, "most")]

    def recorded(self, posts, viewers):
        self.redis("FLUSHALL")
        hash_of_script = self.redis("SCRIPT", "LOAD", record_script())
        ids = [self.first_id + 7919 * n for n in range(posts)]
        views = [(post, self.first_id + 10**12 + 104729 * viewer) for viewer in range(viewers) for post in ids]
        for at in range(0, len(views), self.a_call):
            self.record(hash_of_script, views[at:at + self.a_call])
        if self.redis("LLEN", "views:pending") != VIEW_FIELDS * len(views):
            raise SystemExit("view-bytes: not every view was counted")
        shares = {"viewers": sum(self.used(f"post:{post}:views") for post in ids),
                  "total": sum(self.used(f"post:{post}:total") for post in ids), "pending": self.used("views:pending")}
        return Measure(sum(shares.values()) / len(views), 1, {name: share / len(views) for name, share in shares.items()})

    def record(self, hash_of_script, views):
        keys, arguments = ["views:pending"], ["0"]
        for post, user in views:
            keys += [f"post:{post}:views", f"post:{post}:total"]
            arguments += [post, user, 0, "view"]
        self.redis("EVALSHA", hash_of_script, len(keys), *keys, *arguments)

    def used(self, key):
        return self.redis("MEMORY", "USAGE", key, "SAMPLES", "0")

    def close(self):
        self.redis.close()


ALL = {bench.name: bench for bench, programs in ((Views, ("wrk", "redis-server")), (HundredViews, ("redis-server",)),
                                                 (ViewBytes, ("redis-server",))) if all(map(shutil.which, programs))}
