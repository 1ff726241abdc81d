"""A private PostgreSQL for a bench: durable, on a unix socket, gone at the end."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

BENCH = pathlib.Path(__file__).parent
QUERIES = BENCH.parent.parent / "sql/queries"

# As lib/dev_servers/environment.cpp: nothing of other servers comes from where a bench was started.
NEUTRAL = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE", "TERM", "NO_COLOR")
NEUTRAL_BEGINNINGS = ("LC_", "LD_")


def neutral_environment():
    return {k: v for k, v in os.environ.items() if k in NEUTRAL or k.startswith(NEUTRAL_BEGINNINGS)}


def statement(name):
    """Of sql/queries: "hot/ranking"."""
    return (QUERIES / f"{name}.sql").read_text().rstrip().rstrip(";")


def find_programs():
    found = shutil.which("postgres")
    if found:
        return pathlib.Path(os.path.realpath(found)).parent
    installed = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                       key=lambda p: int(p.parent.parent.name))
    if not installed:
        raise SystemExit("no PostgreSQL server is installed: apt-get install postgresql")
    return installed[-1].parent


def output_of(argv, timeout=900):
    """What a program prints; its complaint where it fails."""
    done = subprocess.run(argv, text=True, capture_output=True, timeout=timeout)
    if done.returncode != 0:
        raise SystemExit(f"{pathlib.Path(argv[0]).name} ended with {done.returncode}\n{done.stderr}")
    return done.stdout


def connect(address):
    """To a port, or to the socket at a path."""
    link = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    try:
        link.settimeout(60)
        link.connect(address if isinstance(address, tuple) else str(address))
    except OSError:
        link.close()
        raise
    return link


class Server:
    def __init__(self, slow_disk=False, settings=None):
        self.programs = find_programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="feedctl-bench-"))
        self.children = []
        self.process = self.redis_socket = None
        # PostgreSQL refuses to run as root.
        self.account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        if self.account:
            shutil.chown(self.folder, "postgres", "postgres")
        try:
            self._start(slow_disk, settings or {})
        except BaseException:
            self.close()
            raise

    def _start(self, slow_disk, more):
        data = self.folder / "data"
        subprocess.run(self.account + [self.programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust",
                                       "--encoding=UTF8", "--locale=C.UTF-8"],
                       check=True, stdout=subprocess.DEVNULL, cwd="/")
        environment = neutral_environment()
        if slow_disk:
            shim = self.folder / "slow_fsync.so"
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, BENCH / "slow_fsync.c", "-ldl"], check=True)
            environment["LD_PRELOAD"] = str(shim)
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder, "shared_buffers": "1GB",
                    "max_wal_size": "8GB", "min_wal_size": "2GB", "wal_compression": "on", "jit": "off", "timezone": "UTC",
                    "log_min_messages": "error", **more}
        argv = self.account + [self.programs / "postgres", "-D", data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        self.process = subprocess.Popen(argv, env=environment, cwd="/", stdout=subprocess.DEVNULL,
                                        stderr=open(self.folder / "log", "w"))
        for _ in range(1500):
            if self.psql("SELECT 1", "postgres", check=False) == "1":
                return
            time.sleep(0.1)
        raise SystemExit((self.folder / "log").read_text())

    def psql(self, sql, database, check=True, timeout=600):
        """The unaligned output of `sql`; each statement commits itself unless it says BEGIN."""
        done = subprocess.run([self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder,
                               "-U", "postgres", "-d", database, "-f", "-"],
                              input=sql, text=True, capture_output=True, timeout=timeout)
        if check and done.returncode != 0:
            raise SystemExit(done.stderr)
        return done.stdout.strip()

    def timed(self, sql, database):
        start = time.monotonic()
        self.psql(sql, database)
        return time.monotonic() - start

    def recycle_log(self, database):
        """What a server that has run for a while has: files of the log to write again. A commit that needs a new one
        waits until 16 MB of zeros are on the disk."""
        self.psql("CHECKPOINT", database)

    def create(self, name, template="template0"):
        self.psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "postgres")
        self.psql(f"CREATE DATABASE {name} TEMPLATE {template}", "postgres")

    def url(self, database):
        return f"postgresql://postgres@:5432/{database}?host=" + urllib.parse.quote(str(self.folder), safe="")

    def environment(self, database, settings=None):
        clean = neutral_environment()
        clean.update({"FEEDCTL_DATABASE_URL": self.url(database), "HOME": str(self.folder), "NO_COLOR": "1"})
        clean.update(settings or {})
        return clean

    def feedctl(self, binary, words, database, settings=None, timeout=600):
        done = subprocess.run([binary] + words, env=self.environment(database, settings), cwd="/", text=True,
                              capture_output=True, timeout=timeout)
        if done.returncode != 0:
            raise SystemExit(f"feedctl {' '.join(words)} ended with {done.returncode}\n{done.stderr}{done.stdout}")
        return done.stdout

    def start(self, binary, words, database, settings=None):
        """In the background, until stop() or the end."""
        child = subprocess.Popen([binary] + words, env=self.environment(database, settings), cwd="/",
                                 stdout=self.log(words[0]), stderr=subprocess.STDOUT)
        self.children.append(child)
        return child

    def log(self, name):
        return open(self.folder / f"{name}.log", "a")

    def redis(self):
        """The address of a Redis of its own on a unix socket, started when it is first asked for."""
        place = self.folder / "redis.sock"
        if self.redis_socket is None:
            self._start_redis(["--port", "0", "--unixsocket", place], place)
            self.redis_socket = place
        return f"unix://{place}?db=0"

    def redis_on_port(self, core):
        """The port of another one, which runs on this core."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._start_redis(["--bind", "127.0.0.1", "--port", str(port)], ("127.0.0.1", port), ["taskset", "-c", str(core)])
        return port

    def _start_redis(self, words, address, before=()):
        self.children.append(subprocess.Popen([*before, "redis-server", *words, "--save", "", "--appendonly", "no"],
                                              cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        for _ in range(1000):
            try:
                connect(address).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("redis-server did not start")

    def redis_command(self, *words, port=None):
        """One command, and the first line of its answer."""
        with connect(("127.0.0.1", port) if port else self.redis_socket) as link:
            parts = [str(word).encode() for word in words]
            link.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
            line = link.makefile("rb").readline().decode().strip()
        if line.startswith("-"):
            raise SystemExit(f"redis: {line}")
        return line

    @staticmethod
    def stop(child):
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def close(self):
        for child in self.children:
            self.stop(child)
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
