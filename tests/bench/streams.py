"""A thousand readers with an open stream (server-sent events) and a post of somebody they all follow: from the request
that writes it until each of them has it."""
import json
import resource
import select
import socket
import statistics
import time

from measures import Bench, Measure, Row
from web import Client, resident_mib, start_serve, wait_for_index

PATIENCE = 20

WORLD = """
INSERT INTO users (id, handle, shard) SELECT 1000 + i, 'r' || i, feedctl_shard(1000 + i) FROM generate_series(0, {readers}) i;
INSERT INTO follows SELECT 1000 + i, 1000 FROM generate_series(1, {readers}) i;
INSERT INTO user_stats SELECT id, CASE id WHEN 1000 THEN {readers} ELSE 0 END, CASE id WHEN 1000 THEN 0 ELSE 1 END FROM users;
INSERT INTO posts (id, author_id, shard, text) SELECT feedctl_id_at(now() - interval '1 hour'), 1000, feedctl_shard(1000), 'a post';
INSERT INTO post_likes (post_id) SELECT id FROM posts;
VACUUM ANALYZE;
"""


class Streams(Bench):
    name = "streams"

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.readers = min(self.size(1000, 20), 1000)
        self.posts = self.size(20, 3)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        server.psql(WORLD.format(readers=self.readers), self.database)
        self.child, self.port = start_serve(server, binary, self.database, {"FEEDCTL_AUTH_MODE": "open"}, core=None)
        wait_for_index(self.port, 1)
        self.poll = select.epoll()
        self.links = {}
        for nth in range(1, self.readers + 1):
            link = socket.create_connection(("127.0.0.1", self.port), 10)
            link.sendall(f"GET /v1/feed/stream HTTP/1.1\r\nHost: a\r\nX-User-Id: {1000 + nth}\r\nAccept: text/event-stream\r\n\r\n".encode())
            self.links[link.fileno()] = link
        for link in self.links.values():
            head = link.recv(65536)
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise SystemExit(f"a stream was answered {head[:300].decode()}")
            link.setblocking(False)
            self.poll.register(link.fileno(), select.EPOLLIN)
        self.client = Client(self.port)

    def once(self):
        """Milliseconds until each reader has the post."""
        start = time.monotonic()
        status, _, body = self.client.ask("POST", "/v1/posts", json.dumps({"author_id": 1000, "text": "to all"}))
        if status != 201:
            raise SystemExit(f"a post was answered {status} {body}")
        wanted, late, heard = str(json.loads(body)["id"]).encode(), {}, dict.fromkeys(self.links, b"")
        while len(late) < self.readers:
            if time.monotonic() - start > PATIENCE:
                raise SystemExit(f"{self.readers - len(late)} of {self.readers} streams did not bring the post")
            for number, _ in self.poll.poll(1):
                bytes_ = self.links[number].recv(65536)
                if not bytes_:
                    raise SystemExit("a stream was ended")
                heard[number] += bytes_
                if wanted in heard[number]:
                    late.setdefault(number, 1000 * (time.monotonic() - start))
        return list(late.values())

    def late(self):
        times = []
        for _ in range(self.posts):
            times += self.once()
            time.sleep(0.05)
        times.sort()
        return Measure(times[len(times) * 99 // 100], 1, {
            "p50_ms": statistics.median(times), "worst_ms": times[-1], "readers": self.readers, "MiB": resident_mib(self.child.pid)})

    def rows(self):
        return [Row("streams p99", "ms", self.late, None, 100, "most")]

    def close(self):
        for link in self.links.values():
            link.close()
        self.server.stop(self.child)


ALL = {Streams.name: Streams}
