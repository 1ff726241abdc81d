"""PostgreSQL, Redis, two `serve`, a `work` and the flush of views: all private, in a temporary folder."""

import glob
import json
import os
import shutil
import signal
import tempfile
import urllib.error
import urllib.request

from .processes import Failure, Process, Processes, free_port, run, wait_until

# Small, so that an alert on its use can be made to fire.
MAX_CONNECTIONS = 100


def postgres_programs():
    """The folder of the newest PostgreSQL's programs, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    return os.path.dirname(found[-1]) if found else None


def parent_folder():
    """Memory where it has room, as for the tests in C++: the durable servers then wait for no busy disk."""
    if os.environ.get("TMPDIR") or not os.access("/dev/shm", os.W_OK):
        return None
    return "/dev/shm" if shutil.disk_usage("/dev/shm").free > 2 << 30 else None


class World:
    def __init__(self, feedctl, repository):
        self.repository = repository
        self.folder = tempfile.mkdtemp(prefix="feedctl-alerts-", dir=parent_folder())
        os.chmod(self.folder, 0o755)
        self.processes = Processes()
        self.ports = {name: free_port() for name in ("serve1", "serve2", "work1", "redis")}
        self.textfiles = self.path("textfiles")
        for name in ("log", "socket", "redis", "media", "textfiles", "bin"):
            os.mkdir(self.path(name))
        # A copy: a build meanwhile replaces the program, and processes are started again.
        self.feedctl_program = shutil.copy(feedctl, self.path("bin", "feedctl"))
        self.account = "postgres" if os.geteuid() == 0 else None
        if self.account:
            shutil.chown(self.path("socket"), self.account)
        self.people = []  # {user_id, token} of those who send requests
        self.config = self.path("feedctl.yaml")
        self.write_config()
        # What the commands of the runbook use, too.
        self.env = {
            "PATH": self.path("bin") + ":" + postgres_programs() + ":" + os.environ["PATH"],
            "FEEDCTL_CONFIG": self.config,
            "OWNER_URL": self.url("feedctl_owner"),
            "ADMIN_URL": self.url("postgres"),
            "REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}",
            "SERVE": f"http://127.0.0.1:{self.ports['serve1']}",
            "WORK": f"http://127.0.0.1:{self.ports['work1']}",
            "TEXTFILES": self.textfiles,
            "NO_COLOR": "1",
        }

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def url(self, role):
        return f"postgresql://{role}@/feedctl?host={self.path('socket')}&port=5432"

    def write_config(self, extra=""):
        with open(self.config, "w") as file:
            file.write(f"""server:
  trusted_proxies: []
database:
  url: {self.url('feedctl_app')}
  owner_url: {self.url('feedctl_owner')}
redis:
  url: redis://127.0.0.1:{self.ports['redis']}
media:
  directory: {self.path('media')}
feed:
  shadow: 100%
rate_limit:
  enabled: false
log:
  format: json
{extra}""")

    def daemon(self, name, argv, **settings):
        settings.setdefault("env", {}).update(self.env)
        return self.processes.add(Process(name, argv, self.path("log", name + ".log"), **settings))

    def start(self):
        programs = postgres_programs()
        data = self.path("postgres")
        os.mkdir(data, 0o700)
        if self.account:
            shutil.chown(data, self.account)
        run([programs + "/initdb", "-D", data, "-U", "postgres", "--auth-local=trust", "--auth-host=reject",
             "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"], account=self.account)
        settings = ["listen_addresses=", "unix_socket_directories=" + self.path("socket"), "wal_compression=on", "max_wal_size=8GB", "min_wal_size=80MB",
                    f"max_connections={MAX_CONNECTIONS}", "track_commit_timestamp=on", "shared_buffers=64MB"]
        argv = [programs + "/postgres", "-D", data]
        for setting in settings:
            argv += ["-c", setting]
        self.daemon("postgresql", argv, account=self.account, stop_signal=signal.SIGQUIT).start()
        self.daemon("redis-server", ["redis-server", "--port", str(self.ports["redis"]), "--bind", "127.0.0.1",
                                     "--dir", self.path("redis"), "--save", "", "--appendonly", "yes"]).start()
        self.wait_for_postgres()
        for role in ("feedctl_owner", "feedctl_app"):
            self.sql(f"CREATE ROLE {role} LOGIN", database="postgres")
        self.sql("CREATE DATABASE feedctl OWNER feedctl_owner", database="postgres")
        self.sql("GRANT ALL ON SCHEMA public TO feedctl_owner")
        self.feedctl("migrate", "up")
        self.feedctl("seed", "--profile", "small")
        for name in ("serve1", "serve2"):
            self.daemon(name, [self.feedctl_program, "serve"],
                        env={"FEEDCTL_SERVER_PORT": str(self.ports[name])}).start()
        self.daemon("work1", [self.feedctl_program, "work"],
                    env={"FEEDCTL_WORK_PORT": str(self.ports["work1"])}).start()
        self.daemon("flush-views", [self.feedctl_program, "flush-views", "--every", "1s", "--textfile",
                                    self.textfiles + "/feedctl-views.prom"]).start()
        for name in ("serve1", "serve2", "work1"):
            self.wait_ready(name)

    def wait_for_postgres(self):
        wait_until("PostgreSQL", 120,
                   lambda: run(["psql", self.url("postgres").replace("/feedctl?", "/postgres?"), "-c", "SELECT 1"],
                               check=False).returncode == 0)

    def sql(self, text, role="postgres", database="feedctl"):
        url = self.url(role).replace("/feedctl?", f"/{database}?")
        return run(["psql", url, "-v", "ON_ERROR_STOP=1", "-qAtc", text]).stdout.strip()

    def feedctl(self, *argv, check=True, seconds=300):
        return run([self.feedctl_program, *argv], env=self.env, check=check, seconds=seconds)

    def redis(self, *argv):
        return run(["redis-cli", "-p", str(self.ports["redis"]), *argv]).stdout.strip()

    def request(self, name, path, method="GET", body=None, token=None, timeout=5):
        """Status and text; 0 without an answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[name]}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_ready(self, name, seconds=120):
        wait_until(f"{name} ready", seconds, lambda: self.request(name, "/health/ready")[0] == 200)

    def restart(self, name):
        process = self.processes.by_name[name]
        process.stop()
        process.start()

    def metric(self, name, wanted):
        """The sum of a metric's series in the text of one process."""
        lines = self.request(name, "/metrics")[1].splitlines()
        values = [float(line.rsplit(" ", 1)[1]) for line in lines
                  if line.startswith((wanted + " ", wanted + "{"))]
        return sum(values) if values else None

    def stop(self):
        self.processes.stop_all()
        if os.environ.get("FEEDCTL_KEEP_DB") == "1":
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        return "".join(f"--- {p.name}\n{p.tail()}" for p in self.processes.by_name.values())


def require(condition, what):
    if not condition:
        raise Failure(what)
