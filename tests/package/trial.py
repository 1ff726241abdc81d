"""What is tried of the installed package, one function for each thing. A step returns its figure as text."""
import base64
import json
import re
import struct
import time
import zlib

import guide
from machine import MachineError

PSQL = "cd /; runuser -u postgres -- psql -At --dbname feedctl -c"
AS_FEEDCTL = "runuser -u feedctl -- feedctl"
ENV = "--env-file /etc/feedctl/feedctl.env"
OWNER = "--env-file /etc/feedctl/owner.env"
SERVERS = ["feedctl@1.service", "feedctl@2.service"]
WORKERS = ["feedctl-work@1.service", "feedctl-work@2.service"]
TIMERS = ["feedctl-flush-views.timer", "feedctl-warm-cache.timer", "feedctl-media-gc.timer"]
MAX_EXPOSURE = 1.5
INSTALL_LIMIT_S = 900


class Failure(Exception):
    pass


def require(condition, message):
    if not condition:
        raise Failure(message)


def poll(what, probe, limit_s=180, every_s=0.5):
    """Until probe() is true; returns the seconds that it took."""
    begin = time.monotonic()
    while True:
        if probe():
            return time.monotonic() - begin
        require(time.monotonic() - begin < limit_s, f"{what}: not within {limit_s} s")
        time.sleep(every_s)


def png(size):
    """A picture of size x size pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(x * y % 256 for x in range(size * 3)) for y in range(size))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Trial:
    def __init__(self, machine, found_blocks, new_deb, new_version):
        self.machine = machine
        self.blocks = found_blocks
        self.new_deb = new_deb  # inside the machine
        self.new_version = new_version
        self.tokens = []
        self.post = None
        self.views_sent = 0

    # Tools

    def shell(self, script, **options):
        return self.machine.shell(script, **options)

    def show(self, unit, *names):
        lines = self.machine.run(["systemctl", "show", unit, *(f"--property={name}" for name in names)]).stdout
        values = dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)
        return values[names[0]] if len(names) == 1 else [values.get(name, "") for name in names]

    def main_pid(self, unit):
        pid = self.show(unit, "MainPID")
        require(pid not in ("", "0"), f"{unit} has no process")
        return pid

    def is_active(self, unit):
        return self.show(unit, "ActiveState") == "active"

    def request(self, method, path, token=None, body=None, url="http://127.0.0.1", limit_s=60):
        """One request by curl inside. Returns the status and the body; status 0 is no answer."""
        arguments = ["curl", "--silent", "--max-time", str(limit_s), "--request", method, "--write-out", "\n%{http_code}"]
        if token:
            arguments += ["--header", f"Authorization: Bearer {token}"]
        if body is not None:
            arguments += ["--json", json.dumps(body)]
        output = self.machine.run([*arguments, url + path], check=False, timeout=limit_s + 30).stdout
        text, _, status = output.rpartition("\n")
        return int(status or 0), text

    def load(self, *options, name="load"):
        """Starts feedctl loadtest inside, as a unit of its own."""
        self.shell(f"systemctl reset-failed {name} 2>/dev/null || true; rm -f /root/{name}.json /root/{name}.log")
        self.machine.run(["systemd-run", "--quiet", f"--unit={name}", f"--property=StandardError=file:/root/{name}.log",
                          f"--property=StandardOutput=file:/root/{name}.log", "feedctl", "loadtest", "--tokens",
                          "/root/tokens.jsonl", "--result", f"/root/{name}.json", *options])
        poll("the load begins", lambda: self.is_active(name) or self.show(name, "Result") != "success")

    def end_load(self, name="load"):
        """Ends it and returns its result."""
        self.machine.run(["systemctl", "kill", "--signal=INT", name], check=False)
        poll("the load ends", lambda: self.show(name, "ActiveState") in ("inactive", "failed"))
        try:
            return json.loads(self.shell(f"cat /root/{name}.json"))
        except (MachineError, ValueError) as error:
            log = self.machine.run(["tail", "-n", "20", f"/root/{name}.log"], check=False).stdout
            raise Failure(f"the load has no result ({error}): {log}") from error

    def judge(self, result):
        """Fails if a request failed. What was under way when the load was interrupted says nothing."""
        outcomes = {}
        for operation in result["operations"]:
            for kind, count in operation["outcomes"].items():
                outcomes[kind] = outcomes.get(kind, 0) + count
        done = outcomes.pop("ok", 0)
        outcomes.pop("unfinished", 0)
        require(done > 0, "the load had no answer")
        require(not outcomes, f"{outcomes} of {done} requests")
        return f"{done} requests, 0 failed, slowest {result['summary']['max_us'] / 1000:.0f} ms"

    # Steps

    def install(self):
        """The blocks of the guide in one shell, each timed."""
        self.before = self.paths()
        installation = [block for block in self.blocks if block.mark == "sh"]
        script = "cd /root\n"
        for block in installation:
            script += f"echo '@@ {block.heading}' $(date +%s.%N)\n{block.commands}\n"
        script += "echo '@@ end' $(date +%s.%N)\n"
        output = self.machine.run(["bash", "-e", "-c", script], timeout=INSTALL_LIMIT_S, check=False)
        stamps = re.findall(r"^@@ (.+) ([0-9.]+)$", output.stdout, re.MULTILINE)
        if output.returncode != 0:
            raise Failure(f"\"{stamps[-1][0] if stamps else 'begin'}\" ended with {output.returncode}:\n"
                          f"{output.stdout[-4000:]}")
        for (heading, begin), (_, end) in zip(stamps, stamps[1:]):
            print(f"      {heading:<20} {float(end) - float(begin):6.1f} s", flush=True)
        seconds = float(stamps[-1][1]) - float(stamps[0][1])
        require(seconds < INSTALL_LIMIT_S, f"{seconds:.0f} s")
        return f"{seconds:.1f} s for {len(installation)} blocks of docs/install.md; packages came from a local copy"

    def runs(self):
        pids = []
        for unit in SERVERS + WORKERS:
            # A unit of this type is active once its process has sent READY=1.
            kind, state, status, pid = self.show(unit, "Type", "ActiveState", "StatusText", "MainPID")
            require((kind, state) == ("notify", "active"), f"{unit} is {state}, {kind}: {status}")
            require(status != "", f"{unit} says no status")
            pids.append(pid)
        for unit in TIMERS:
            require(self.is_active(unit), f"{unit} is {self.show(unit, 'ActiveState')}")
        require(len(set(pids)) == 4, f"processes {pids}")
        failed = self.shell("systemctl list-units --failed --plain --no-legend")
        require(not failed, failed)
        return f"2 servers, 2 workers are ready ({status}), {len(TIMERS)} timers wait"

    def both_answer(self):
        """Requests through nginx reach both processes."""
        def answered():
            self.shell("curl -s -Z --parallel-immediate --parallel-max 64 -o /dev/null 'http://127.0.0.1/v1/feed/hot?n=[1-256]'")
            self.counts = [int(self.shell(f"journalctl --unit={unit} --output=cat | grep -c '\"/v1/feed/hot\"' || true"))
                           for unit in SERVERS]
            return all(self.counts)
        poll("both servers answer through nginx", answered, every_s=0.1)
        return f"{self.counts[0]} and {self.counts[1]} requests through nginx"

    def patience(self):
        """How fast this machine is, is not what is tried: no request may fail because it waits."""
        waits = {"SERVER_QUEUE_WAIT": 10, "SERVER_QUEUE_PATIENCE": 60, "DATABASE_POOL_WAIT": 60,
                 "DATABASE_STATEMENT_TIMEOUT": 60, "DATABASE_LOCK_TIMEOUT": 30, "REDIS_TIMEOUT": 5}
        lines = "".join(f"FEEDCTL_{name}={seconds}s\n" for name, seconds in waits.items())
        self.shell("cat >> /etc/feedctl/feedctl.env", input=lines)
        self.machine.run(["systemctl", "restart", *SERVERS, *WORKERS], timeout=300)
        return f"{len(waits)} time-outs are longer, so that a busy machine fails nothing"

    def seed(self):
        self.shell(f"feedctl seed --users 300 --append --quiet {OWNER}", timeout=300)
        self.shell(f"umask 077; {AS_FEEDCTL} users token --sample 200 --ttl 1h -o jsonl {ENV} > /root/tokens.jsonl")
        self.tokens = [json.loads(line)["token"] for line in self.shell("cat /root/tokens.jsonl").splitlines()]
        return f"300 users more while all runs, {len(self.tokens)} tokens"

    def send_views(self):
        status, text = self.request("POST", "/v1/posts", self.tokens[0], {"text": "seen by many"})
        require(status == 201, f"POST /v1/posts: {status} {text}")
        self.post = json.loads(text)["id"]
        self.views_at = time.monotonic()
        for token in self.tokens[1:31]:
            status, text = self.request("POST", "/v1/views", token, {"postId": self.post})
            require(status == 200 and '"counted":true' in text, f"POST /v1/views: {status} {text}")
            self.views_sent += 1
        return f"{self.views_sent} views wait in Redis"

    def timer_flushes(self):
        flushed = f"{PSQL} \"SELECT coalesce(sum(view_count), 0) FROM post_views WHERE post_id = {self.post}\""
        poll("the timer flushes views", lambda: int(self.shell(flushed)) == self.views_sent, 240, 2)
        seconds = time.monotonic() - self.views_at
        result, code = self.show("feedctl-flush-views.service", "Result", "ExecMainStatus")
        require(result == "success", f"feedctl-flush-views.service: {result}, exit code {code}")
        return f"{self.views_sent} views in PostgreSQL within {seconds:.0f} s"

    def reload(self):
        """The limit of one user's writes holds before, and none after; the processes stay the same."""
        def statuses():
            # Nearly at once: the limit gives back five writes a second.
            script = (f"curl -s -Z --parallel-immediate --parallel-max 32 -o /dev/null -w '%{{http_code}}\\n' -X POST "
                      f"-H 'Authorization: Bearer {self.tokens[40]}' 'http://127.0.0.1/v1/posts/{self.post}/likes?n=[1-400]'")
            return self.shell(script, timeout=180).split()
        pids = [self.show(unit, "MainPID") for unit in SERVERS + WORKERS]
        limited = statuses().count("429")
        require(limited > 0, "400 writes of one user at once met no limit")
        self.shell("printf 'rate_limit:\\n  enabled: false\\n' >> /etc/feedctl/feedctl.yaml")
        self.shell(guide.only(self.blocks, "reload").commands)
        poll("the reloaded key applies", lambda: statuses().count("429") == 0, 60)
        require(pids == [self.show(unit, "MainPID") for unit in SERVERS + WORKERS], "a process was restarted")
        # A mistake changes nothing.
        self.shell("cp -p /etc/feedctl/feedctl.yaml /root/right.yaml; echo 'rate_limits: 1' >> /etc/feedctl/feedctl.yaml")
        self.machine.run(["systemctl", "reload", *SERVERS])
        poll("the mistake is logged", lambda: "rate_limits" in self.shell("journalctl --unit='feedctl@*' --output=cat"))
        self.shell("cp -p /root/right.yaml /etc/feedctl/feedctl.yaml")
        self.machine.run(["systemctl", "reload", *SERVERS])
        require(all(self.is_active(unit) for unit in SERVERS), "a server ended")
        return f"{limited} of 400 writes were limited before, 0 after; a file with a mistake changes nothing"

    def watchdog(self):
        unit = SERVERS[0]
        pid, patience = self.main_pid(unit), self.show(unit, "WatchdogUSec")
        self.machine.run(["kill", "-STOP", pid])
        def is_back():
            restarts, now, state = self.show(unit, "NRestarts", "MainPID", "ActiveState")
            return int(restarts) > 0 and now not in ("0", pid) and state == "active"
        seconds = poll("the watchdog restarts the server", is_back, 300)
        require("watchdog" in self.shell(f"journalctl --unit={unit} --output=cat").lower(), "systemd names no watchdog")
        return f"a stopped server is ready again after {seconds:.0f} s (WatchdogSec={patience})"

    def killed(self):
        seconds = []
        for unit in (SERVERS[1], WORKERS[0]):
            pid = self.main_pid(unit)
            self.machine.run(["kill", "-KILL", pid])
            def is_back():
                now, state = self.show(unit, "MainPID", "ActiveState")
                return now not in ("0", pid) and state == "active"
            seconds.append(poll(f"{unit} comes back", is_back))
        return f"after kill -9 a server is ready within {seconds[0]:.1f} s, a worker within {seconds[1]:.1f} s"

    def socket_keeps(self):
        """One server alone is restarted under load; clients wait in the socket."""
        self.machine.run(["systemctl", "stop", SERVERS[1]])
        self.load("--url", "http://127.0.0.1:8000", "--rate", "50", "--warm-up", "0s", "--duration", "5m", "--threads", "1")
        for _ in range(3):
            time.sleep(1.5)
            self.machine.run(["systemctl", "restart", SERVERS[0]], timeout=180)
        figure = self.judge(self.end_load())
        self.machine.run(["systemctl", "stop", SERVERS[0]])
        require(not any(self.is_active(unit) for unit in SERVERS), "a server still runs")
        begin = time.monotonic()
        status, text = self.request("GET", "/v1/feed/hot", url="http://127.0.0.1:8000", limit_s=120)
        require(status == 200, f"with no server running: {status} {text}")
        first = time.monotonic() - begin
        self.machine.run(["systemctl", "start", *SERVERS], timeout=180)
        return f"3 restarts of the only server: {figure}; with none, a client's request starts one: {first:.1f} s"

    def upgrade(self):
        pids = [self.show(unit, "MainPID") for unit in SERVERS + WORKERS]
        self.shell(f"rm -f feedctl_*.deb; cp {self.new_deb} .")
        self.load("--url", "http://127.0.0.1", "--rate", "100", "--warm-up", "0s", "--duration", "10m")
        time.sleep(2)
        begin = time.monotonic()
        try:
            self.shell(guide.only(self.blocks, "upgrade").commands, timeout=480)
            seconds = time.monotonic() - begin
            time.sleep(2)
        finally:
            result = self.end_load()
        version = self.shell("dpkg-query --show --showformat '${Version}' feedctl")
        require(version == self.new_version, f"version {version} is installed, not {self.new_version}")
        require(not set(pids) & {self.show(unit, "MainPID") for unit in SERVERS + WORKERS}, "an old process still runs")
        require("enabled: false" in self.shell("cat /etc/feedctl/feedctl.yaml"), "the configuration was replaced")
        require("feedctl.yaml.dpkg-dist" in self.shell("ls /etc/feedctl"), "the new configuration is not beside the old one")
        return f"{seconds:.1f} s under load through nginx: {self.judge(result)}"

    def pending_migration(self):
        """Where the database lacks a migration, the package restarts nothing and says what to run."""
        pids = [self.main_pid(unit) for unit in SERVERS + WORKERS]
        self.shell(f"{PSQL} 'CREATE TABLE kept AS SELECT * FROM schema_migrations ORDER BY version DESC LIMIT 1' "
                   "-c 'DELETE FROM schema_migrations WHERE version IN (SELECT version FROM kept)'")
        try:
            said = self.shell("cd /root; apt-get install --yes --reinstall ./feedctl_*.deb", timeout=300)
            require("feedctl migrate up --env-file /etc/feedctl/owner.env" in said, f"the package said:\n{said[-1000:]}")
            require(pids == [self.main_pid(unit) for unit in SERVERS + WORKERS], "a process was restarted")
            status, text = self.request("GET", "/v1/feed/hot")
            require(status == 200, f"a read meanwhile: {status} {text}")
        finally:
            self.shell(f"{PSQL} 'INSERT INTO schema_migrations SELECT * FROM kept' -c 'DROP TABLE kept'")
        poll("writes go on", lambda: self.request("POST", "/v1/posts", self.tokens[0], {"text": "after"})[0] == 201)
        return "the package restarts nothing and names the command; reads go on"

    def image(self):
        """An upload is decoded in a process of its own, inside the unit's system call filter."""
        self.machine.run(["sh", "-c", "base64 --decode > /root/picture.png"], input=base64.b64encode(png(64)).decode())
        output = self.shell(f"curl -s -w '\n%{{http_code}}' -X POST -H 'Authorization: Bearer {self.tokens[0]}' "
                            f"-F image=@/root/picture.png http://127.0.0.1/v1/posts/{self.post}/image")
        require(output.rsplit("\n", 1)[1] == "201", f"the upload: {output}")
        stored = self.shell("find /var/lib/feedctl/media -type f -printf '%u %s\n'").split("\n")
        require(stored[0].startswith("feedctl "), f"/var/lib/feedctl/media holds {stored}")
        return f"uploaded through nginx, decoded under the unit's filter, {len(stored) - 1} files stored"

    def security(self):
        figures = {}
        units = self.shell("ls /lib/systemd/system/feedctl*.service").split()
        for path in units:
            unit = path.rsplit("/", 1)[1].replace("@.", "@1.")
            output = self.machine.run(["systemd-analyze", "security", "--no-pager", unit], check=False).stdout
            match = re.search(r"Overall exposure level for .*: ([0-9.]+) ", output)
            require(match is not None, f"{unit}: {output[-300:]}")
            figures[unit] = float(match[1])
        bad = {unit: value for unit, value in figures.items() if value > MAX_EXPOSURE}
        require(not bad, f"above {MAX_EXPOSURE}: {bad}")
        return f"{min(figures.values())} to {max(figures.values())} of 10 for {len(figures)} units"

    def paths(self):
        return set(self.shell("find / -xdev -path /proc -prune -o -print").splitlines())

    def purge(self):
        users = self.shell(f"{PSQL} 'SELECT count(*) FROM users'").strip()
        self.shell(guide.only(self.blocks, "remove").commands, timeout=300)
        # systemd may remember the name of a unit that is gone.
        units = self.shell("systemctl list-units --all --plain --no-legend 'feedctl*'").splitlines()
        units = [line for line in units if "not-found inactive dead" not in " ".join(line.split())]
        require(not units, f"units are left: {units}")
        processes = self.machine.run(["pgrep", "--list-full", "--exact", "feedctl"], check=False).stdout
        require(not processes, f"processes are left: {processes}")
        ours = re.compile(r"^/var/lib/feedctl(/|$)|^/etc/nginx/conf.d/feedctl.conf$|^/root/|/journal/"
                          r"|^/var/lib/redis/|^/var/lib/postgresql/|^/var/log/")
        left = sorted(path for path in self.paths() - self.before if "feedctl" in path and not ours.search(path))
        require(not left, f"left behind: {' '.join(left)}")
        require(self.shell(f"{PSQL} 'SELECT count(*) FROM users'").strip() == users, "the database has changed")
        owner = self.shell("stat --format %U:%G /var/lib/feedctl").strip()
        require(owner == "feedctl:feedctl", f"/var/lib/feedctl belongs to {owner}")
        return f"nothing left but data: the database ({users} users) and /var/lib/feedctl"
