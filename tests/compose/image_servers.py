"""A private PostgreSQL and Redis on the loopback of this network namespace, and the namespace's loopback itself."""
import fcntl
import glob
import os
import pwd
import shutil
import socket
import struct
import subprocess
import tempfile
import time

USER, PASSWORD, DATABASE = "feedctl", "p@ss word", "feed"


def bring_loopback_up():
    set_flags, up = 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, set_flags, struct.pack("16sh14x", b"lo", up))


def wait_until(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise SystemExit(f"image: {what} did not come within {seconds} s")


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


class Servers:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="feedctl-image-")
        os.chmod(self.folder, 0o755)
        self.processes = []

    def __enter__(self):
        try:
            bring_loopback_up()
            self.start_postgres()
            self.start_redis()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, command, user):
        account = pwd.getpwnam(user)
        folder = os.path.join(self.folder, os.path.basename(command[0]))
        os.makedirs(folder, exist_ok=True)
        os.chown(folder, account.pw_uid, account.pw_gid)
        with open(folder + ".log", "wb") as log:
            process = subprocess.Popen(command, cwd=folder, user=account.pw_uid, group=account.pw_gid, extra_groups=[],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def start_postgres(self):
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        data = os.path.join(self.folder, "initdb/data")
        secret = os.path.join(self.folder, "secret")
        with open(secret, "w", encoding="utf-8") as file:
            file.write(PASSWORD)
        os.chmod(secret, 0o644)
        made = self.start([binaries + "/initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "-E", "UTF8", "--no-sync",
                           f"--pwfile={secret}"], "postgres")
        if made.wait(timeout=300) != 0:
            raise SystemExit("image: initdb failed")
        self.start([binaries + "/postgres", "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                    "-c", f"unix_socket_directories={self.folder}/initdb"], "postgres")
        wait_until("PostgreSQL", lambda: answers(5432))
        env = {**os.environ, "PGPASSWORD": PASSWORD}
        command = [binaries + "/createdb", "-h", "127.0.0.1", "-U", USER, DATABASE]

        def has_made_database():
            return subprocess.run(command, env=env, check=False, capture_output=True, timeout=60).returncode == 0

        wait_until("the database", has_made_database)

    def start_redis(self):
        self.start([shutil.which("redis-server"), "--port", "6379", "--bind", "127.0.0.1", "--appendonly", "yes",
                    "--maxmemory-policy", "noeviction"], "redis" if has_user("redis") else "postgres")
        wait_until("Redis", lambda: answers(6379))

    def stop(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(2)  # PostgreSQL: fast shutdown
                try:
                    process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def has_user(name):
    try:
        pwd.getpwnam(name)
        return True
    except KeyError:
        return False
