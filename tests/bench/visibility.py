"""How late pages from the memory of both of two serve processes of one host show what was written: a post by anybody in
a follower's feed, its deletion, and the views that a flush has counted."""
import json
import os
import shutil
import statistics
import threading
import time

from index import Index, make_world
from measures import Bench, Measure, Row
from redis_client import RedisClient
from web import Client, start_serve, wait_for_index

A_SECOND = 20
AT_ONCE = 8
PATIENCE = 10
ANY_CORE = ",".join(map(str, sorted(os.sched_getaffinity(0))))


class TwoServes(Bench):
    """Two processes with the feeds of some readers in memory."""
    world = Index.world

    def __init__(self, server, binary, scale):
        self.server, self.binary = server, binary
        make_world(server, binary, self.world, scale)
        found = server.psql("SELECT follower_id, followee_id FROM follows ORDER BY hashint8(follower_id + followee_id) LIMIT 500",
                            self.world)
        self.pairs = [tuple(line.split("|")) for line in found.splitlines()]
        self.serves = [start_serve(server, binary, self.world, {"FEEDCTL_AUTH_MODE": "open"}, core=None) for _ in range(2)]
        posts = int(server.psql("SELECT count(*) FROM posts WHERE deleted_at IS NULL", self.world))
        for _, port in self.serves:
            wait_for_index(port, 0.9 * posts)  # the oldest have left it meanwhile
        warming = [Client(port) for _, port in self.serves]
        for reader, _ in self.pairs:  # who are in memory, as people who read are
            for client in warming:
                self.feed(client, reader)

    @staticmethod
    def page(client, reader):
        """The posts' ids and views, newest first."""
        status, _, body = client.ask("GET", "/v1/feed?limit=20", fields=[f"X-User-Id: {reader}"])
        if status != 200:
            raise SystemExit(f"a feed was answered {status} {body}")
        return {post["id"]: post["view_count"] for post in json.loads(body)["posts"]}

    def feed(self, client, reader):
        return list(self.page(client, reader))

    def close(self):
        for child, _ in self.serves:
            self.server.stop(child)


class Visibility(TwoServes):
    """Posts and deletes come by the clock, whether or not the ones before have been seen."""
    name = "visibility"

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.posts = max(20, int(200 * min(scale, 1)))
        self.turns, self.late = {"seen": 0, "gone": 0}, []

    def until(self, clients, reader, settled, start):
        """Milliseconds until the feeds of all processes are as they should be."""
        for client in clients:
            while not settled(self.feed(client, reader)):
                if time.monotonic() - start > PATIENCE:
                    raise SystemExit("a post was not seen, or not gone, in time")
        return 1000 * (time.monotonic() - start)

    def one(self, clients, nth):
        """A post and, once it was seen, its delete: written through one process, read in both."""
        reader, author = self.pairs[nth % len(self.pairs)]
        writer = clients[nth % 2]
        start = time.monotonic()
        status, _, body = writer.ask("POST", "/v1/posts", json.dumps({"author_id": int(author), "text": "seen?"}))
        if status != 201:
            raise SystemExit(f"a post was answered {status} {body}")
        post, answered = json.loads(body)["id"], 1000 * (time.monotonic() - start)
        seen = self.until(clients, reader, lambda feed: post in feed, start)
        start = time.monotonic()
        status, _, body = writer.ask("DELETE", f"/v1/posts/{post}", json.dumps({"user_id": int(author)}))
        if status not in (200, 204):
            raise SystemExit(f"a delete was answered {status} {body}")
        return {"seen": seen, "gone": self.until(clients, reader, lambda feed: post not in feed, start), "answered": answered}

    def run(self):
        """The times of all posts, seen and gone."""
        lock, found, failed = threading.Lock(), [], []
        start, numbers = time.monotonic() + 0.1, iter(range(self.posts))

        def work():
            clients = [Client(port) for _, port in self.serves]
            try:
                while not failed:
                    with lock:
                        nth = next(numbers, None)
                    if nth is None:
                        return
                    time.sleep(max(0, start + nth / A_SECOND - time.monotonic()))
                    times = self.one(clients, nth)
                    with lock:
                        found.append(times)
            except BaseException as error:  # of a thread: told by the main one
                failed.append(error)

        workers = [threading.Thread(target=work) for _ in range(AT_ONCE)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if failed:
            raise SystemExit(f"visibility: {failed[0]}")
        return found

    def figure(self, which):
        while len(self.late) <= self.turns[which]:
            self.late.append(self.run())
        found = self.late[self.turns[which]]
        self.turns[which] += 1
        times, answered = (sorted(times[name] for times in found) for name in (which, "answered"))
        notes = {"p50_ms": statistics.median(times), "worst_ms": times[-1]}
        if which == "seen":
            notes["answered_p99_ms"] = answered[len(answered) * 99 // 100]
        return Measure(times[len(times) * 99 // 100], 1, notes)

    def rows(self):
        return [Row("visibility p99", "ms", lambda: self.figure("seen"), None, 20, "most"),
                Row("visibility delete p99", "ms", lambda: self.figure("gone"), None, 100, "most")]


class FlushVisibility(TwoServes):
    """One view after the other, each counted by the next flush of a flush-views that runs all the time. A time begins
    when the statement of the flush writes its event, which is shortly before its commit, by the same host's clock."""
    name = "flush-visibility"

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.views = max(10, int(200 * min(scale, 1)))
        client = Client(self.serves[0][1])
        self.readers = [reader for reader, _ in self.pairs if self.page(client, reader)]
        client.close()
        if not self.readers:
            raise SystemExit("flush-visibility: no reader has a post in the feed")
        port = server.redis_on_port(ANY_CORE)
        self.redis = RedisClient(("127.0.0.1", port))
        self.viewer = 9_000_000_000_000_000  # each view is by another one
        # This Redis keeps no file, which a flush takes only where that is allowed.
        self.flusher = server.start(binary, ["flush-views", "--every", "100ms", "--allow-lossy"], self.world,
                                    {"FEEDCTL_VIEWS_REDIS_URL": f"redis://127.0.0.1:{port}/0"})

    def one(self, clients, reader):
        """A view of the reader's newest post: the post, and when both processes showed it."""
        post, views = next(iter(self.page(clients[0], reader).items()))
        self.viewer += 1
        start = time.monotonic()
        self.redis("RPUSH", "views:pending", int(time.time() // 86400), post, self.viewer)
        for client in clients:
            while self.page(client, reader).get(post, 0) <= views:
                if time.monotonic() - start > PATIENCE:
                    raise SystemExit("flush-visibility: a view was not seen in time")
        return str(post), time.time()

    def late(self):
        began = self.server.psql("SELECT clock_timestamp()", self.world)
        clients = [Client(port) for _, port in self.serves]
        try:
            seen = [self.one(clients, self.readers[n % len(self.readers)]) for n in range(self.views)]
        finally:
            for client in clients:
                client.close()
        told = [line.split("|") for line in self.server.psql(
            f"SELECT view_deltas[1], extract(epoch FROM at) FROM events WHERE type = 13 AND at > '{began}' ORDER BY xid, id",
            self.world).splitlines()]
        if [post for post, _ in told] != [post for post, _ in seen]:
            raise SystemExit(f"flush-visibility: {len(told)} flushes of {len(seen)} views")
        times = sorted(1000 * (shown - float(at)) for (_, shown), (_, at) in zip(seen, told))
        return Measure(times[len(times) * 99 // 100], 1, {"p50_ms": statistics.median(times), "worst_ms": times[-1]})

    def rows(self):
        return [Row("flush-visibility p99", "ms", self.late, None, 20, "most")]

    def close(self):
        self.server.stop(self.flusher)
        self.redis.close()
        super().close()


ALL = {Visibility.name: Visibility, **({FlushVisibility.name: FlushVisibility} if shutil.which("redis-server") else {})}
