"""The private servers of a drill: PostgreSQL with a WAL archive, Redis, and the processes of feedctl. Each is
ended by its id, also where the drill fails. `Control` lets the commands of docs/backup.md reach them: it stands
in for systemctl, sudo and the like."""
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time

LIMIT = 120  # seconds; a machine under load


def wait_until(what, condition, limit=LIMIT):
    deadline = time.monotonic() + limit
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {limit} s: {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One program that runs until stop()."""

    def __init__(self, name, argv, log, environment, user=None):
        self.name, self.argv, self.log, self.environment, self.user = name, argv, log, environment, user
        self.child = None

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                                          env=self.environment, user=self.user and self.user.pw_uid,
                                          group=self.user and self.user.pw_gid,
                                          extra_groups=[] if self.user else None)

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def stop(self, number=signal.SIGTERM, limit=LIMIT):
        if not self.is_running():
            return None
        self.child.send_signal(number)
        try:
            return self.child.wait(limit)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise


class World:
    """Folders, environment and servers. `postgres_bin`: where initdb and postgres are."""

    def __init__(self, folder, binary, postgres_bin, sources):
        self.folder, self.binary, self.sources = pathlib.Path(folder), str(binary), pathlib.Path(sources)
        self.postgres_bin = pathlib.Path(postgres_bin)
        self.account = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self.folder.chmod(0o755)
        for name in ("postgres", "run", "redis", "media", "backups", "log", "bin", "spool", "lock"):
            self.make_folder(name, 0o700)
        for name in ("bin", "log"):
            (self.folder / name).chmod(0o755)
        self.data, self.sockets = self.folder / "postgres" / "main", self.folder / "run"
        self.ports = {"feedctl@1": free_port(), "feedctl@2": free_port()}
        self.processes = {}
        self.environment = dict(os.environ, **self.settings())
        self.write_configuration()

    def make_folder(self, name, mode):
        path = self.folder / name
        path.mkdir(exist_ok=True)
        path.chmod(mode)
        if self.account and name not in ("bin",):
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        return path

    def settings(self):
        """What the commands of the page find set."""
        return {
            "PATH": f"{self.folder / 'bin'}:{self.postgres_bin}:{os.environ['PATH']}",
            "PGHOST": str(self.sockets), "PGUSER": "postgres", "PGDATABASE": "feedctl", "LC_ALL": "C.UTF-8",
            "TZ": "UTC", "PGDATA": str(self.data), "BACKUPS": str(self.folder / "backups"),
            "MEDIA": str(self.folder / "media"), "PGBIN": str(self.postgres_bin),
            "PGBACKREST_CONFIG": str(self.folder / "pgbackrest.conf"),
            "FEEDCTL_CONFIG": str(self.folder / "feedctl.yaml"), "DRILL_CONTROL": str(self.folder / "control"),
            "FEEDCTL_LOG_FORMAT": "json",
        }

    def url(self, role):
        return f"postgresql://{role}@/feedctl?host={self.sockets}"

    def write_configuration(self):
        redis = "unix://" + str(self.folder / "run" / "redis.sock")
        (self.folder / "feedctl.yaml").write_text(f"""\
database:
  url: "{self.url('feedctl_app')}"
  owner_url: "{self.url('feedctl_owner')}"
  connect_timeout: 20s
  pool_wait: 10s
  statement_timeout: 20s
  lock_timeout: 10s
redis:
  url: "{redis}"
  timeout: 5s
server:
  access_log: false
auth:
  mode: open
rate_limit:
  enabled: false
media:
  directory: "{self.folder / 'media'}"
log:
  level: info
""")
        (self.folder / "feedctl.yaml").chmod(0o600)
        if self.account:
            os.chown(self.folder / "feedctl.yaml", self.account.pw_uid, self.account.pw_gid)

    # ---- programs that end

    def run(self, argv, check=True, user=True, **more):
        account = self.account if user else None
        done = subprocess.run([str(word) for word in argv], env=self.environment, cwd="/", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20 * LIMIT,
                              user=account and account.pw_uid, group=account and account.pw_gid,
                              extra_groups=[] if account else None, check=False, **more)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def sql(self, text, database="feedctl"):
        return self.run([self.postgres_bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text]).stdout.strip()

    def feedctl(self, *words, check=True):
        return self.run([self.binary, *words], check=check)

    def redis(self, *words):
        return self.run(["redis-cli", "-s", self.folder / "run" / "redis.sock", *words]).stdout.strip()

    # ---- servers

    def make_cluster(self):
        self.run([self.postgres_bin / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--data-checksums", "--no-instructions"])
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as settings:
            settings.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder / 'run'}'\n"
                           "max_connections = 200\ntimezone = 'UTC'\nlog_timezone = 'UTC'\njit = off\n")
        self.start_postgres()
        self.make_database()

    def make_database(self):
        for statement in ("CREATE ROLE feedctl_owner LOGIN", "CREATE ROLE feedctl_app LOGIN",
                          "CREATE DATABASE feedctl OWNER feedctl_owner"):
            self.sql(statement, "postgres")
        self.sql("GRANT ALL ON SCHEMA public TO feedctl_owner")
        self.feedctl("migrate", "up")

    def start(self, name, argv, ready, user=True, limit=LIMIT):
        process = self.processes.get(name)
        if process is None or process.argv != argv:
            process = Process(name, argv, self.folder / "log" / f"{name}.log", self.environment,
                              self.account if user else None)
            self.processes[name] = process
        process.start()

        def is_ready():
            if not process.is_running():
                raise RuntimeError(f"{name} ended with {process.child.returncode}; see its log:\n"
                                   + self.tail(process.log))
            return ready()
        wait_until(f"{name} is ready", is_ready, limit)

    @staticmethod
    def tail(path, lines=15):
        return "\n".join(pathlib.Path(path).read_text(errors="replace").splitlines()[-lines:])

    def start_postgres(self):
        def accepts():
            done = self.run([self.postgres_bin / "psql", "-XqAt", "-d", "postgres", "-c", "SELECT 1"], check=False)
            return done.returncode == 0
        self.start("postgresql", [str(self.postgres_bin / "postgres"), "-D", str(self.data)], accepts)

    def start_redis(self):
        socket_path = self.folder / "run" / "redis.sock"
        self.start("redis-server", ["redis-server", "--port", "0", "--unixsocket", str(socket_path), "--dir",
                                    str(self.folder / "redis"), "--save", "", "--appendonly", "yes",
                                    "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"],
                   lambda: "PONG" in self.run(["redis-cli", "-s", socket_path, "PING"], check=False).stdout)

    def start_feedctl(self, unit):
        if unit in self.ports:
            argv = [self.binary, "serve", "--port", str(self.ports[unit])]
            self.start(unit, argv, lambda: self.health(self.ports[unit]) == 200)
        elif unit == "feedctl-work@1":
            self.start(unit, [self.binary, "work"], lambda: True)
        elif unit == "feedctl-flush-views-daemon":
            self.start(unit, [self.binary, "flush-views", "--every", "500ms"], lambda: True)
        else:
            raise ValueError(f"no such unit: {unit}")

    UNITS = ("feedctl@1", "feedctl@2", "feedctl-work@1", "feedctl-flush-views-daemon")

    @staticmethod
    def health(port):
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def stop(self, name, number=signal.SIGTERM):
        process = self.processes.get(name)
        return process.stop(number) if process else None

    def stop_all(self):
        for name in (*self.UNITS, "postgresql", "redis-server", *list(self.processes)):
            try:
                self.stop(name, signal.SIGINT if name == "postgresql" else signal.SIGTERM)
            except subprocess.TimeoutExpired:
                print(f"{name} had to be killed", file=sys.stderr)


class Control(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Does what `systemctl ACTION UNIT..` asks for. `keeps_running`: units that "stop" leaves alone."""
    daemon_threads = True

    def __init__(self, world, keeps_running=()):
        self.world, self.keeps_running = world, set(keeps_running)
        super().__init__(world.environment["DRILL_CONTROL"], self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.write_commands()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            words = json.loads(self.rfile.readline())
            try:
                self.server.systemctl(*words)
                answer = ""
            except Exception as error:  # the caller prints it
                answer = f"{type(error).__name__}: {error}"
            self.wfile.write(json.dumps(answer).encode())

    def systemctl(self, action, *units):
        for unit in units:
            self.act(action, unit)

    def act(self, action, unit):
        world = self.world
        if unit == "feedctl.target":
            for one in world.UNITS[:3]:
                self.act(action, one)
        elif unit in ("postgresql", "redis-server"):
            if action in ("stop", "restart"):
                world.stop(unit, signal.SIGINT)
            if action in ("start", "restart"):
                (world.start_postgres if unit == "postgresql" else world.start_redis)()
        elif unit in world.UNITS:
            if action in ("stop", "restart") and unit not in self.keeps_running:
                world.stop(unit)
            if action in ("start", "restart") and not (world.processes.get(unit) and world.processes[unit].is_running()):
                world.start_feedctl(unit)
        elif unit != "feedctl-flush-views.timer":
            raise ValueError(f"unknown unit {unit}")

    def write_commands(self):
        world, folder = self.world, self.world.folder / "bin"
        ask = ("import json, os, socket, sys\n"
               "s = socket.socket(socket.AF_UNIX); s.connect(os.environ['DRILL_CONTROL'])\n"
               "s.sendall((json.dumps(sys.argv[1:]) + chr(10)).encode())\n"
               "answer = json.loads(s.makefile().read())\n"
               "sys.exit('systemctl: ' + answer if answer else 0)\n")
        commands = {
            "systemctl": f"#!{sys.executable}\n{ask}",
            # sudo -u postgres COMMAND..
            "sudo": "#!/bin/bash\nuser=$2; shift 2\n" + (
                'exec setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@"\n' if world.account else 'exec "$@"\n'),
            "feedctl": f'#!/bin/bash\nexec "{world.binary}" "$@"\n',
            "redis-cli": f'#!/bin/bash\nexec {shutil.which("redis-cli")} -s "{world.folder}/run/redis.sock" "$@"\n',
        }
        if not world.account:  # owners cannot be given
            commands["install"] = f'#!/bin/bash\nwords=()\nwhile [ $# -gt 0 ]; do\n  case $1 in -o | -g) shift ;; *) words+=("$1") ;; esac\n  shift\ndone\nexec {shutil.which("install")} "${{words[@]}}"\n'
        for name, text in commands.items():
            path = folder / name
            path.write_text(text)
            path.chmod(0o755)

    def close(self):
        self.shutdown()
        self.server_close()
