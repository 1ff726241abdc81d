"""What the benches over HTTP share: serve and nginx on one core, wrk on another, and one request by hand."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

# What a browser sends along.
FIELDS = ["User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "Accept: application/json, text/plain, */*",
          "Accept-Language: en-GB,en;q=0.9", "Referer: https://feed.example.org/hot", "Sec-Fetch-Mode: cors",
          "Sec-Fetch-Site: same-origin", "Connection: keep-alive"]
BIGGEST_BODY = 4000  # what nginx takes as one word of its configuration
CONNECTIONS = 64
SERVER_CORE, LOAD_CORE = 0, 1


def pinned(core):
    """Words that start what follows on this core; None: on any."""
    return ["taskset", "-c", str(core)] if core is not None and len(os.sched_getaffinity(0)) > 1 else []


def cpu_seconds(pid):
    """Of all threads that live, to the nanosecond."""
    spent = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            spent += int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended since
    return spent / 1e9


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


class Client:
    """One connection that stays, until the server ends it after so many requests: then the next."""

    def __init__(self, port, fields=(), timeout=60):
        self.port, self.timeout = port, timeout
        self.fields = "Host: 127.0.0.1\r\n" + "".join(f"{field}\r\n" for field in fields)
        self.connect()

    def connect(self):
        self.link = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.link.makefile("rb")

    def ask(self, method, path, body="", fields=()):
        """Status, fields and body of the answer."""
        more = "".join(f"{field}\r\n" for field in fields)
        if method != "GET":
            more += f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n"
        self.link.sendall(f"{method} {path} HTTP/1.1\r\n{self.fields}{more}\r\n{body}".encode())
        status = int(self.stream.readline().split()[1])
        found = []
        while (line := self.stream.readline().decode().strip()):
            found.append(tuple(line.split(": ", 1)))
        names = dict(found)
        text = self.stream.read(int(names.get("Content-Length", 0)) if status != 304 else 0).decode()
        if names.get("Connection") == "close":
            self.close()
            self.connect()
        return status, found, text

    def close(self):
        self.stream.close()
        self.link.close()


def fetch(port, path, fields=()):
    """The fields and the body of one answer."""
    client = Client(port, FIELDS + list(fields))
    try:
        status, found, body = client.ask("GET", path)
    finally:
        client.close()
    if status != 200:
        raise SystemExit(f"{path} answered {status} {body}")
    return found, body


def wait_until_ready(port, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            fetch(port, "/health/ready")
            return
        except (OSError, SystemExit, IndexError):
            time.sleep(0.05)
    raise SystemExit("serve was not ready in time")


def listen():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    return listener


def start_serve(server, binary, database, settings=None, core=SERVER_CORE, ready=True):
    """The process and its port; `server` ends it where nobody does before."""
    listener = listen()
    port = listener.getsockname()[1]
    environment = server.environment(database, {"FEEDCTL_SERVER_ACCESS_LOG": "false", "FEEDCTL_LOG_LEVEL": "warning",
                                                "FEEDCTL_RATE_LIMIT_ENABLED": "false", **(settings or {})})
    child = subprocess.Popen(pinned(core) + [binary, "serve", "--listen-fd", str(listener.fileno())], env=environment, cwd="/",
                             pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL, stderr=server.log("serve"))
    server.children.append(child)
    listener.close()
    if ready:
        wait_until_ready(port)
    return child, port


def metrics(port):
    """Every sample of /metrics: its name with labels, and its value."""
    client = Client(port)
    try:
        text = client.ask("GET", "/metrics")[2]
    finally:
        client.close()
    return {name: float(value) for name, value in re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text, re.M)}


def statements(port):
    """How many statements serve has sent to the database so far, without those by which it follows the log."""
    return sum(value for name, value in metrics(port).items()
               if name.startswith("feedctl_db_query_duration_seconds_count") and 'query="events/' not in name)


def wait_for_index(port, posts, seconds=120):
    """Until pages may come from the feed index, which holds so many posts; until then the definition answers."""
    end = time.monotonic() + seconds
    while metrics(port).get("feedctl_feed_index_posts", 0) < posts:
        if time.monotonic() > end:
            raise SystemExit("the feed index was not loaded in time")
        time.sleep(0.1)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start_nginx(server, fields, body):
    """nginx with the same bytes: from its configuration where they fit in, else by sendfile. It gives the fields of the
    product but for those that it makes itself. The process, its port and the path."""
    small = len(body) <= BIGGEST_BODY and not re.search(r"['\\$]", body)
    own = {"Date", "Content-Length", "Content-Type", "Connection"} | (set() if small else {"ETag"})
    lines = "".join(f"add_header {name} '{value}';\n" for name, value in fields if name not in own)
    port = free_port()
    folder = server.folder / f"nginx-{port}"
    folder.mkdir()
    (folder / "page").write_text(body)
    give = f"return 200 '{body}';" if small else f"root {folder};"
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        "events { worker_connections 4096; multi_accept on; }\n"
        "http { access_log off; server_tokens off; keepalive_requests 1000; default_type application/json;\n"
        "sendfile on; open_file_cache max=16 inactive=1h; open_file_cache_valid 1h;\n"
        f"server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ {lines} {give} }} }} }}\n")
    nginx = subprocess.Popen(pinned(SERVER_CORE) + ["nginx", "-e", folder / "nginx.log", "-p", folder, "-c", folder / "nginx.conf"],
                             cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.children.append(nginx)
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return nginx, port, "/page"
        except OSError:
            time.sleep(0.05)
    raise SystemExit((folder / "nginx.log").read_text())


# Requests that a script makes; wrk's own -H fields go with each of them.
SCRIPT = """
local function request_of(method, path, more, body)
  local fields = {}
  for name, value in pairs(wrk.headers) do fields[name] = value end
  for name, value in pairs(more) do fields[name] = value end
  return wrk.format(method, path, fields, body)
end
"""


def in_turn(requests):
    """A script that sends these (path, fields) one after the other."""
    made = "".join(f"  made[#made + 1] = request_of('GET', {json.dumps(path)}, {{"
                   + ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in fields.items()) + "})\n"
                   for path, fields in requests)
    return SCRIPT + f"local made, at = {{}}, 0\nfunction init()\n{made}end\n" \
        "function request()\n  at = at % #made + 1\n  return made[at]\nend\n"


class Load:
    """What wrk measured: requests answered, seconds, percentiles in seconds, and requests refused (4xx, 5xx)."""

    def __init__(self, out):
        found = re.search(r"(\d+) requests in", out)
        # Connections that failed to open, read or write. `timeout` only counts answers later than 2 s.
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
        if not found or (errors and any(int(number) for number in errors.groups()[:3])):
            raise SystemExit(out)
        if errors:
            print(f"wrk waited more than 2 s for an answer, {errors[4]} times", file=sys.stderr, flush=True)
        self.requests = int(found[1])
        self.seconds = self.requests / max(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), 1e-9)
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        self.refused = int(refused[1]) if refused else 0
        self.p50, self.p99 = (self._percentile(out, n) for n in (50, 99))

    @staticmethod
    def _percentile(out, number):
        found = re.search(rf"{number}%\s+([\d.]+)(us|ms|s|m)", out)
        return float(found[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[found[2]]


class Tally:
    """Compares what the server made with what it answered, run after run. wrk does not wait for the last answer on each
    connection: the server may do such a request at the end of this run, or in a later one."""

    def __init__(self, what):
        self.what, self.unanswered = what, 0

    def check(self, made, answered, unanswered, elsewhere=0):
        """`unanswered`: at most so many of this run. `elsewhere`: answers whose effect `made` may lack."""
        self.unanswered += unanswered
        if not answered - elsewhere <= made <= answered + self.unanswered:
            raise SystemExit(f"{made} {self.what} of {answered} answers")


def wrk(port, path, seconds, connections=CONNECTIONS, fields=(), script=None, core=LOAD_CORE, may_refuse=False):
    argv = pinned(core) + ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for field in FIELDS + list(fields):
        argv += ["-H", field]
    if script:
        argv += ["-s", str(script)]
    load = Load(subprocess.run(argv + [f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True).stdout)
    if load.refused and not may_refuse:
        raise SystemExit(f"{load.refused} of {load.requests} requests for {path} were refused")
    return load
