"""A real, small feedctl that Prometheus watches: `feedctl dev --monitor`, some load, and each cron command once.

Every process is a child of `feedctl dev`, which ends them; a World is a context manager that ends `feedctl dev`.
"""
import http.cookiejar
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("prometheus", "prometheus-redis-exporter", "prometheus-postgres-exporter", "prometheus-node-exporter")
LIMIT = 300  # seconds that any one wait may take, on a busy machine


def missing_programs():
    return [name for name in PROGRAMS if not shutil.which(name)]


def feedctl_binary():
    preset = os.environ.get("FEEDCTL_PRESET", "release")
    binary = pathlib.Path(os.environ.get("FEEDCTL_BINARY", SOURCE / f"build/{preset}/apps/feedctl/feedctl"))
    if not binary.exists():
        raise SystemExit(f"{binary} is missing: run scripts/build, or name the program in FEEDCTL_BINARY")
    return binary.resolve()


def free_port():
    """Below the kernel's range for outgoing connections, one of which could take it until it is used."""
    for _ in range(100):
        port = 20000 + secrets.randbelow(12000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SystemExit("no free port between 20000 and 32000")


def wait_until(what, condition, limit=LIMIT):
    end = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"waited {limit} s in vain for {what}")
        time.sleep(0.5)
    return found


def read_url(url, data=None, headers=None, method=None):
    """Status and text; status 0 where nothing answers."""
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
    except OSError as error:
        return 0, str(error)


def until_available(url, data=None, headers=None):
    """Again while it is answered by 503, as on a busy machine."""
    def answer():
        status, text = read_url(url, data, headers)
        return None if status in (0, 503) else (status, text)

    return wait_until(f"{url} to be available", answer)


class World:
    def __init__(self, say=print):
        self.say = say
        self.binary = feedctl_binary()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="feedctl-monitoring-"))
        self.folder.chmod(0o755)  # the servers of root run as another account
        self.state = self.folder / "state"
        self.port = free_port()
        self.prometheus = ""
        self.dev = None
        self.began = time.time()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.dev and self.dev.poll() is None:
            self.dev.send_signal(signal.SIGTERM)
            try:
                self.dev.wait(120)
            except subprocess.TimeoutExpired:
                self.dev.kill()  # its children get SIGTERM from the kernel
                self.dev.wait()
        if os.environ.get("FEEDCTL_KEEP"):
            self.say(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        log = self.folder / "dev.log"
        with log.open("w") as out:
            self.dev = subprocess.Popen(
                [self.binary, "dev", "--monitor", "--state", self.state, "--port", str(self.port),
                 "--monitor-port", str(free_port())], stdout=out, stderr=out, stdin=subprocess.DEVNULL)

        def is_ready():
            if self.dev.poll() is not None:
                raise SystemExit(f"feedctl dev --monitor ended:\n{log.read_text()}")
            return "Ctrl-C ends it" in log.read_text()

        wait_until("feedctl dev --monitor", is_ready)
        self.welcome = log.read_text()
        self.prometheus = re.search(r"Prometheus +(http://\S+)", self.welcome)[1]
        targets = wait_until("every job of Prometheus to be scraped", self.all_up)
        self.say("scraped: " + ", ".join(sorted(targets)))

    def all_up(self):
        found = {s["metric"]["job"]: s["value"][1] for s in self.ask("up")}
        wanted = {"feedctl-serve", "feedctl-work", "redis", "postgres", "node"}
        return found if set(found) == wanted and set(found.values()) == {"1"} else None

    # --- Prometheus

    def api(self, path, **parameters):
        status, text = read_url(f"{self.prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}")
        answer = json.loads(text) if text.startswith("{") else {}
        if answer.get("status") != "success":
            raise ValueError(f"Prometheus refuses {parameters}: {status} {answer.get('error', text)}")
        return answer["data"]

    def ask(self, expression):
        return self.api("query", query=expression)["result"]

    def ask_range(self, expression, start, end, step):
        return self.api("query_range", query=expression, start=start, end=end, step=step)["result"]

    def target(self, job):
        for target in self.api("targets", state="active")["activeTargets"]:
            if target["labels"]["job"] == job:
                return target["scrapeUrl"]
        raise SystemExit(f"Prometheus has no job {job}")

    # --- what happens in it

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def feedctl(self, *arguments, allowed=(0,)):
        """Again where a busy machine makes it fail: its servers have time limits."""
        for _ in range(5):
            done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True, timeout=LIMIT,
                                  stdin=subprocess.DEVNULL)
            if done.returncode in allowed:
                return done
            time.sleep(3)
        raise SystemExit(f"feedctl {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr}")

    def textfile(self, name):
        return self.state / "prometheus/textfiles" / f"{name}.prom"

    def run_cron_commands(self):
        """Each command that takes --textfile, once, as cron would."""
        config = self.state / "feedctl.yaml"
        for command in (["warm-cache"], ["verify", "--sample", "20"], ["rebuild-feed", "--all"], ["media", "gc"]):
            name = "feedctl_" + "_".join(command[:2] if command[0] == "media" else command[:1]).replace("-", "_")
            self.feedctl(*command, "--config", config, "--textfile", self.textfile(name), allowed=(0, 3))

    def start_load(self, *options):
        """`feedctl loadtest`, whose figures are in the node exporter's folder."""
        argv = [self.binary, "loadtest", "--url", self.url(""), "--quiet",
                "--textfile", self.textfile("feedctl_loadtest"), *options]
        return subprocess.Popen(list(map(str, argv)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL)

    @staticmethod
    def finish_load(process):
        try:
            _, complaint = process.communicate(timeout=2 * LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        if process.returncode != 0:
            raise SystemExit(f"feedctl loadtest ended with {process.returncode}: {complaint}")

    def visit(self):
        """What no load test does: a sign-in, an image, a page of contents, bad requests."""
        wait_until("a sign-in", lambda: sign_in(self))
        upload_image(self)
        for page in json.loads(until_available(self.url("/api/v1/pages/"))[1])["results"][:3]:
            until_available(self.url(f"/api/v1/pages/{page['id']}/"))
        assert until_available(self.url("/no/such/page"))[0] == 404
        assert until_available(self.url("/v1/feed/hot?limit=none"))[0] == 400
        assert until_available(self.url("/"), headers={"Host": "elsewhere.example"})[0] == 421

    def new_user(self):
        body = json.dumps({"handle": "visitor_" + secrets.token_hex(4)}).encode()
        return json.loads(until_available(self.url("/v1/users"), body, {"Content-Type": "application/json"})[1])["id"]


def sign_in(world):
    """As a browser does, at the OpenID provider that `feedctl dev` brings along. False: the machine is busy."""
    try:
        choose_who_signs_in(world)
        return True
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return False


def choose_who_signs_in(world):
    # Browsers, too, send a Secure cookie to this machine without TLS.
    policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("https", "http"))
    jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(policy)))
    page = jar.open(world.url("/auth/login/dev"), timeout=60)
    text = page.read().decode()
    form = re.search(r'<form[^>]*action="([^"]*)"', text)
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', text))
    button = re.search(r'<button[^>]*name="([^"]+)"[^>]*value="([^"]*)"', text)
    if button:
        fields[button[1]] = button[2]
    target = urllib.parse.urljoin(page.geturl(), form[1] if form else "")
    jar.open(target, urllib.parse.urlencode(fields).encode(), timeout=60).read()


def upload_image(world):
    photo = (SOURCE / "fixtures/photo.jpg").read_bytes()
    boundary = secrets.token_hex(16)
    parts = (f'--{boundary}\r\nContent-Disposition: form-data; name="text"\r\n\r\na photo\r\n--{boundary}\r\n'
             'Content-Disposition: form-data; name="image"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n')
    body = parts.encode() + photo + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "X-User-Id": str(world.new_user())}
    status, answer = until_available(world.url("/v1/posts"), body, headers)
    assert status == 201, answer
