"""nginx as docker-compose.yml starts it, before containers of the image that come and go: its mounted files, its user, a
read-only root, port 80 without being root, and names asked at 127.0.0.11, where an engine answers them."""
import http.client
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

from image_servers import wait_until

# The first release of nginx whose upstreams follow names is newer than Debian 12's.
SUITE = "sid"
START = r"""
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount --bind /dev "$1/dev"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
mount -o remount,bind,ro "$1"
root=$1
shift
exec chroot --userspec=101:101 "$root" "$@"
"""


class Names:
    """Answers each question with the addresses of the containers that run."""

    def __init__(self):
        self.addresses = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.11", 53))
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        while True:
            question, client = self.socket.recvfrom(512)
            end = question.index(b"\0", 12) + 5
            is_ipv4 = question[end - 4:end - 2] == b"\0\1"
            found = self.addresses if is_ipv4 else []
            head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(found), 0, 0)
            records = [b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 1, 4) + socket.inet_aton(each) for each in found]
            self.socket.sendto(head + question[12:end] + b"".join(records), client)


def make_root(folder):
    """Unpacks nginx and its libraries; "" where it cannot be had."""
    root = os.path.join(folder, f"nginx-{SUITE}")
    if os.path.exists(root + "/usr/sbin/nginx"):
        return root
    shutil.rmtree(root, ignore_errors=True)
    command = ["mmdebstrap", "--quiet", "--variant=extract", "--aptopt=Acquire::Check-Valid-Until \"false\"",
               "--include=nginx", SUITE, root]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=1800).returncode != 0:
        shutil.rmtree(root, ignore_errors=True)
        return ""
    for name in ("bin", "sbin", "lib", "lib64"):
        if not os.path.lexists(f"{root}/{name}"):
            os.symlink(f"usr/{name}", f"{root}/{name}")
    os.makedirs(root + "/tmp", exist_ok=True)
    return root


def mount_files(root, source):
    """Copies what the service nginx mounts to where it mounts it."""
    with open(os.path.join(source, "docker-compose.yml"), encoding="utf-8") as file:
        mounts = re.findall(r"- (\./configs/nginx/\S+?):(\S+):ro", file.read())
    for origin, target in mounts:
        os.makedirs(root + os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.join(source, origin), root + target)
    return mounts


def get(path):
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


class Load:
    """GETs through nginx until it is stopped."""

    def __init__(self):
        self.answered, self.failures, self.is_stopping = 0, [], False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.is_stopping:
            try:
                status = get("/v1/feed/hot")
                if status != 200:
                    self.failures.append(f"status {status}")
            except OSError as error:
                self.failures.append(str(error))
            self.answered += 1
            time.sleep(0.01)

    def stop(self):
        self.is_stopping = True
        self.thread.join(timeout=60)


def count_requests(address):
    connection = http.client.HTTPConnection(address, 8000, timeout=30)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    found = re.findall(r'^feedctl_http_request_duration_seconds_count\{[^}]*feed/hot[^}]*\} (\d+)', text, re.MULTILINE)
    return sum(map(int, found))


def check(root, source, start_web, fail):
    """`start_web(address)` starts a container that listens there. Two run, one ends, another comes."""
    if len(mount_files(root, source)) != 3:
        fail("docker-compose.yml mounts other files of configs/nginx than this test knows")
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", "w", encoding="ascii") as file:
        file.write("0")
    names = Names()
    addresses = ["127.0.1.1", "127.0.1.2", "127.0.1.3"]
    with start_web(addresses[0]) as first, start_web(addresses[1]):
        names.addresses = addresses[:2]
        wait_until("two servers", lambda: all(is_up(each) for each in addresses[:2]))
        log = tempfile.TemporaryFile()
        nginx = subprocess.Popen(["unshare", "--mount", "setpriv", "--no-new-privs", "sh", "-c", START, "start", root,
                                  "/usr/sbin/nginx", "-g", "daemon off;"], stdin=subprocess.DEVNULL, stderr=log)
        try:
            wait_until("an answer of nginx", lambda: nginx.poll() is not None or is_ready())
            if nginx.poll() is not None:
                log.seek(0)
                fail(f"nginx ended with {nginx.returncode}: {log.read().decode()}")
            load = Load()
            try:
                wait_until("requests at both servers", lambda: all(count_requests(each) > 10 for each in addresses[:2]))
                first.stop()
                names.addresses = addresses[1:2]
                before = load.answered
                wait_until("requests at the one that is left", lambda: load.answered > before + 100)
                with start_web(addresses[2]):
                    names.addresses = addresses[1:]
                    wait_until("requests at the new one", lambda: is_up(addresses[2]) and count_requests(addresses[2]) > 10)
            finally:
                load.stop()
            # The last one was killed, not drained, and its GETs went to the other.
            if load.failures:
                fail(f"{len(load.failures)} of {load.answered} GETs failed: {load.failures[:5]}")
            print(f"   nginx: {load.answered} GETs while servers ended and came, none failed", flush=True)
        finally:
            nginx.send_signal(3)
            try:
                nginx.wait(timeout=60)
            except subprocess.TimeoutExpired:
                nginx.kill()
                nginx.wait()


def is_ready():
    try:
        return get("/health/ready") == 200
    except OSError:
        return False


def is_up(address):
    try:
        with socket.create_connection((address, 8000), timeout=2):
            return True
    except OSError:
        return False
