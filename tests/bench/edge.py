"""The HTTP edge against nginx, which serves the same bytes from its configuration: server on one core,
wrk on another. Rates are of requests a second, and of requests a second of the server's processor time,
which does not depend on the load generator."""
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time

from measures import Bench, Measure

# What a browser sends along.
FIELDS = ["User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "Accept: application/json, text/plain, */*",
          "Accept-Language: en-GB,en;q=0.9", "Referer: https://feed.example.org/hot", "Sec-Fetch-Mode: cors",
          "Sec-Fetch-Site: same-origin", "Connection: keep-alive"]
BIGGEST_BODY = 4000  # what nginx takes as one word of its configuration
CONNECTIONS = 64


def pinned(core):
    return ["taskset", "-c", str(core)] if len(os.sched_getaffinity(0)) > 1 else []


def cpu_seconds(pid):
    user, system = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def fetch(port, path):
    """The fields and the body of one answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n" + "".join(f"{field}\r\n" for field in FIELDS) + "\r\n"
    with socket.create_connection(("127.0.0.1", port), 10) as link:
        link.sendall(request.encode())
        stream = link.makefile("rb")
        status = stream.readline().decode()
        if " 200 " not in status:
            raise SystemExit(f"{path} answered {status}")
        fields = []
        while (line := stream.readline().decode().strip()):
            fields.append(tuple(line.split(": ", 1)))
        return fields, stream.read(int(dict(fields)["Content-Length"])).decode()


def start_nginx(folder, fields, body):
    if re.search(r"['\\$]", body) or len(body) > BIGGEST_BODY:
        raise SystemExit("this body cannot stand in nginx's configuration")
    own = {"Date", "Content-Length", "Content-Type", "Connection"}  # what nginx writes itself
    lines = "".join(f"add_header {name} '{value}';\n" for name, value in fields if name not in own)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        "events { worker_connections 4096; multi_accept on; }\n"
        "http { access_log off; server_tokens off; keepalive_requests 1000; default_type application/json;\n"
        f"server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ {lines} return 200 '{body}'; }} }} }}\n")
    nginx = subprocess.Popen(pinned(0) + ["nginx", "-e", f"{folder}/nginx.log", "-p", folder, "-c", folder / "nginx.conf"],
                             cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return nginx, port
        except OSError:
            time.sleep(0.05)
    raise SystemExit((folder / "nginx.log").read_text())


def wrk(port, path, seconds, connections=CONNECTIONS):
    """Requests answered, seconds they took, and the 99th percentile in seconds."""
    argv = pinned(1) + ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for field in FIELDS:
        argv += ["-H", field]
    out = subprocess.run(argv + [f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors: connect" in out:
        raise SystemExit(out)
    requests = int(re.search(r"(\d+) requests in", out)[1])
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    return requests, requests / float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), \
        float(p99[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1}[p99[2]]


class Edge(Bench):
    """A server and an nginx with its bytes; subclasses start the server."""
    unit, goal, path = "requests", 1.0, ""

    def __init__(self, server, binary, scale):
        self.server, self.binary = server, binary
        self.seconds = max(1, int(4 * scale))
        self.folder = pathlib.Path(server.folder)
        self.children = []
        try:
            self.child, self.port = self.start()
            fields, body = fetch(self.port, self.path)
            self.nginx, self.nginx_port = start_nginx(self.folder, fields, body)
            self.children.append(self.nginx)
        except BaseException:
            self.close()
            raise

    def start_front(self):
        """The front alone, with answers of 4 KiB."""
        program = pathlib.Path(self.binary).parents[2] / "tests/bench/bench_edge_server"
        child = subprocess.Popen(pinned(0) + [program], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.children.append(child)
        return child, int(child.stdout.readline())

    def measure(self, child, port):
        return self.figure(child.pid, *wrk(port, self.path, self.seconds)[:2])

    def figure(self, pid, requests, seconds):
        return Measure(requests, seconds)

    def product(self):
        return self.measure(self.child, self.port)

    def limit(self):
        return self.measure(self.nginx, self.nginx_port)

    def close(self):
        for child in self.children:
            child.terminate()
            child.wait(30)


class ByProcessor:
    """Requests a second of the server's processor time instead of the clock's."""

    def measure(self, child, port):
        before = cpu_seconds(child.pid)
        requests = wrk(port, self.path, self.seconds)[0]
        return Measure(requests, max(cpu_seconds(child.pid) - before, 1e-3))


class Hot(Edge):
    """The cached hot feed of the real server."""
    name, path = "hot-edge", ""

    def start(self):
        database = "bench_hot_edge"
        self.server.create(database)
        self.server.feedctl(self.binary, ["migrate", "up"], database)
        self.server.psql("""INSERT INTO users (id, handle, shard) SELECT feedctl_id_at(now() - interval '2 days'), 'author', 0;
            INSERT INTO posts (id, author_id, shard, text)
              SELECT feedctl_id_at(now() - interval '1 hour') + i, u.id, u.shard, repeat('words ', 20) || i FROM users u, generate_series(1, 60) i;
            INSERT INTO post_likes (post_id) SELECT id FROM posts;""", database)
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        port = listener.getsockname()[1]
        environment = self.server.environment(database, {"FEEDCTL_SERVER_ACCESS_LOG": "false", "FEEDCTL_LOG_LEVEL": "warning"})
        child = subprocess.Popen(pinned(0) + [self.binary, "serve", "--listen-fd", str(listener.fileno())], env=environment,
                                 cwd="/", pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL)
        self.children.append(child)
        listener.close()
        self.path = self.page_of_right_size(port)
        return child, port

    def page_of_right_size(self, port):
        """The largest page that nginx can hold, too."""
        for _ in range(100):
            try:
                fetch(port, "/v1/feed/hot?limit=1")
                break
            except (OSError, SystemExit):
                time.sleep(0.1)
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
        return Measure(1, wrk(self.port, self.path, self.seconds, 16)[2])

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
