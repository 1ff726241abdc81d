"""The HTTP edge against nginx, which serves the same bytes from its configuration: server on one core,
wrk on another. Rates are of requests a second, and of requests a second of the server's processor time,
which does not depend on the load generator."""
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import threading

from measures import Bench, Measure
from web import BIGGEST_BODY, SERVER_CORE, cpu_seconds, fetch, pinned, resident_mib, start_nginx, start_serve, wrk


class Edge(Bench):
    """A server and an nginx with its bytes; subclasses start the server."""
    unit, goal, path = "requests", 1.0, ""

    def __init__(self, server, binary, scale):
        self.server, self.binary = server, binary
        self.seconds = max(1, int(4 * scale))
        self.child, self.port = self.start()
        self.nginx, self.nginx_port, self.nginx_path = start_nginx(server, *fetch(self.port, self.path))

    def start_front(self):
        """The front alone, with answers of 4 KiB."""
        program = pathlib.Path(self.binary).parents[2] / "tests/bench/bench_edge_server"
        child = subprocess.Popen(pinned(SERVER_CORE) + [program], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.server.children.append(child)
        return child, int(child.stdout.readline())

    def measure(self, child, port, path):
        load = wrk(port, path, self.seconds)
        return Measure(load.requests, load.seconds)

    def product(self):
        return self.measure(self.child, self.port, self.path)

    def limit(self):
        return self.measure(self.nginx, self.nginx_port, self.nginx_path)

    def close(self):
        for child in (self.child, self.nginx):
            self.server.stop(child)


class ByProcessor:
    """Requests a second of the server's processor time instead of the clock's."""

    def measure(self, child, port, path):
        before = cpu_seconds(child.pid)
        requests = wrk(port, path, self.seconds).requests
        return Measure(requests, max(cpu_seconds(child.pid) - before, 1e-3))


class Hot(Edge):
    """The cached hot feed of the real server."""
    name, path = "hot-edge", ""

    def start(self):
        self.database = database = "bench_hot_edge"
        self.server.create(database)
        self.server.feedctl(self.binary, ["migrate", "up"], database)
        self.server.psql("""INSERT INTO users (id, handle, shard) SELECT feedctl_id_at(now() - interval '2 days'), 'author', 0;
            INSERT INTO posts (id, author_id, shard, text)
              SELECT feedctl_id_at(now() - interval '1 hour') + i, u.id, u.shard, repeat('words ', 20) || i FROM users u, generate_series(1, 60) i;
            INSERT INTO post_likes (post_id) SELECT id FROM posts;""", database)
        child, port = start_serve(self.server, self.binary, database)
        self.path = self.page_of_right_size(port)
        return child, port

    def page_of_right_size(self, port):
        """The largest page that nginx can hold, too."""
        for limit in range(40, 0, -1):
            path = f"/v1/feed/hot?limit={limit}"
            if len(fetch(port, path)[1]) <= BIGGEST_BODY:
                return path
        raise SystemExit("no page is small enough")


class HotByProcessor(ByProcessor, Hot):
    name = "hot-edge-cpu"


class Handlers(Edge):
    """A page that a handler on the pool makes anew for each request."""
    name, path, goal = "handlers", "/v1/feed/pool", 0.6
    start = Edge.start_front


class HandlersByProcessor(ByProcessor, Handlers):
    name = "handlers-cpu"


class OnLoop(Edge):
    """The same where the handler may run on the loop."""
    name, path, goal = "loop-handlers", "/v1/feed/loop", 0.6
    start = Edge.start_front


class SlowClients(Edge):
    """The 99th percentile of answers from memory, alone and beside thousands of idle and dribbling
    connections; as rates, its inverse."""
    name, path, goal, unit = "slow-clients", "/v1/feed/memory", 0.5, "1/p99"
    start = Edge.start_front
    most_mib = 256

    def __init__(self, server, binary, scale):
        self.count = max(200, int(10000 * scale))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.count = min(self.count, hard - 100)
        super().__init__(server, binary, scale)

    def p99(self):
        return Measure(1, wrk(self.port, self.path, self.seconds, 16).p99)

    def limit(self):
        return self.p99()

    def product(self):
        crowd = []
        over = threading.Event()

        def dribble():
            while not over.wait(1):
                for link in crowd[::2]:
                    try:
                        link.send(b"x")
                    except OSError:  # its time was over
                        pass

        slow = threading.Thread(target=dribble)
        try:
            for _ in range(self.count):
                link = socket.create_connection(("127.0.0.1", self.port), 10)
                crowd.append(link)
            for link in crowd[::2]:
                link.send(b"GET /v1/feed/memory HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            slow.start()
            measured = self.p99()
            used = resident_mib(self.child.pid)
            print(f"slow-clients: {self.count} connections, {used:.0f} MiB resident", file=sys.stderr, flush=True)
            if used > self.most_mib:
                raise SystemExit(f"{used:.0f} MiB for {self.count} connections")
            return measured
        finally:
            over.set()
            if slow.ident:
                slow.join()
            for link in crowd:
                link.close()


ALL = {bench.name: bench for bench in (Hot, HotByProcessor, Handlers, HandlersByProcessor, OnLoop, SlowClients)} \
    if shutil.which("nginx") and shutil.which("wrk") else {}
