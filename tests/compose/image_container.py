"""Starts the image in the folder that `tests/compose/image` made, and checks what an operator relies on.
usage: image_container.py ROOT DOCKERFILE NGINX     NGINX: a root with nginx, or ""; inside a network and a mount namespace of its own"""
import json
import os
import signal
import subprocess
import sys
import urllib.request

sys.dont_write_bytecode = True

import image_proxy
from dockerfile import environment_of, read_stages
from image_servers import DATABASE, PASSWORD, USER, Servers, wait_until

ROOT, DOCKERFILE, NGINX = sys.argv[1:]
STAGE = read_stages(DOCKERFILE)[-1]
VOLUMES = ("/var/lib/feedctl/media", "/var/lib/feedctl/metrics")
# As docker-compose.yml says: a read-only root, /tmp in memory, no capability, no new privileges.
START = r"""
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs -o size=256k,mode=755 tmpfs "$1/dev"
for device in null zero full random urandom tty; do : >"$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
ln -s /proc/self/fd "$1/dev/fd"
mount -t tmpfs -o size=160m,mode=1777,noexec,nosuid,nodev tmpfs "$1/tmp"
mount --bind "$2/media" "$1/var/lib/feedctl/media"
mount --bind "$2/metrics" "$1/var/lib/feedctl/metrics"
mount -o remount,bind,ro "$1"
user=$3
shift 3
exec chroot "$OLDROOT" setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs --bounding-set=-all \
  --inh-caps=-all --ambient-caps=-all "$@"
"""


def fail(text):
    raise SystemExit(f"image: {text}")


class Container:
    """One process tree of the image. Process 1 in it is what the Dockerfile starts."""

    def __init__(self, name, volumes, command=None, **env):
        self.name = name
        self.log = os.path.join(volumes, name + ".log")
        user = STAGE.last("USER").text
        entry = STAGE.last("ENTRYPOINT").words() + (command or STAGE.last("CMD").words())
        self.env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/",
                    **environment_of(STAGE.last("ENV").text), **env}
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", START, "start", ROOT, volumes, user,
                   *entry]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, env={**self.env, "OLDROOT": ROOT}, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        self.pid = 0

    def __enter__(self):
        def has_child():
            path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
            children = open(path, encoding="ascii").read().split() if os.path.exists(path) else []
            self.pid = int(children[0]) if children else 0
            return self.pid or self.process.poll() is not None

        wait_until(self.name, has_child)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()  # --kill-child takes the tree with it
            self.process.wait()

    def exec(self, command):
        """As `docker exec` does: the same namespaces, root, user and environment."""
        uid, gid = STAGE.last("USER").text.split(":")
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--root", "--wd=/", "setpriv", "--reuid", uid,
                 "--regid", gid, "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        return subprocess.run([*enter, *command], env=self.env, capture_output=True, text=True, timeout=120, check=False)

    def status(self, field):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(line.split()[1:] for line in file if line.startswith(field + ":"))

    def stop(self, expected=0):
        """SIGTERM to process 1 alone, as an engine does it."""
        os.kill(self.pid, getattr(signal, STAGE.last("STOPSIGNAL").text))
        try:
            code = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            fail(f"{self.name} still runs 60 s after SIGTERM\n{self.read_log()}")
        if code != expected:
            fail(f"{self.name} ended with {code} after SIGTERM, and not with {expected}\n{self.read_log()}")

    def read_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]


def get(path):
    with urllib.request.urlopen("http://127.0.0.1:8000" + path, timeout=30) as answer:
        return answer.read()


def post(path, value):
    request = urllib.request.Request("http://127.0.0.1:8000" + path, json.dumps(value).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def passes(container):
    command = STAGE.last("HEALTHCHECK").text.partition("CMD ")[2]
    container.health = container.exec(json.loads(command))
    return container.health.returncode == 0


def check_confinement(container):
    uid = STAGE.last("USER").text.split(":")[0]
    if uid == "0" or container.status("Uid") != [uid] * 4:
        fail(f"process 1 runs as {container.status('Uid')}, and not as {uid}")
    for field in ("CapEff", "CapPrm", "CapBnd"):
        if int(container.status(field)[0], 16) != 0:
            fail(f"process 1 has capabilities: {field} {container.status(field)}")
    for path in ("/x", "/usr/bin/feedctl", "/etc/passwd", "/var/lib/feedctl/x"):
        if container.exec(["sh", "-c", f": >>{path}"]).returncode == 0:
            fail(f"{path} can be written")
    for path in ("/tmp/x", *(folder + "/x" for folder in VOLUMES)):
        written = container.exec(["sh", "-c", f": >{path}"])
        if written.returncode != 0:
            fail(f"{path} cannot be written: {written.stderr}")


def check_requests(container):
    created = container.exec(["feedctl", "users", "create", "--handle", "ada", "-o", "json"])
    if created.returncode != 0:
        fail(f"feedctl users create: {created.stderr}")
    made = post("/v1/posts", {"user_id": json.loads(created.stdout)["id"], "text": "from the image"})
    if json.loads(get(f"/v1/posts/{made['id']}"))["text"] != "from the image":
        fail("a post was not read back")


def make_volumes(folder):
    uid, gid = map(int, STAGE.last("USER").text.split(":"))
    for volume in VOLUMES:
        path = os.path.join(folder, os.path.basename(volume))
        os.makedirs(path)
        os.chown(path, uid, gid)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    database = {"DB_HOST": "127.0.0.1", "DB_NAME": DATABASE, "DB_USER": USER, "DB_PASSWORD": PASSWORD, "SECRET_KEY": "",
                "REDIS_URL": "redis://127.0.0.1:6379/0", "MEDIA_DIRECTORY": VOLUMES[0]}
    with Servers() as servers:
        volumes = servers.folder
        make_volumes(volumes)
        with Container("serve", volumes, FEEDCTL_AUTH_MODE="open", **database) as serve:
            wait_until("a passing health check", lambda: passes(serve) or serve.process.poll() is not None)
            if serve.process.poll() is not None or serve.health.returncode != 0:
                fail(f"serve ended, or its health check never passed: {serve.health}\n{serve.read_log()}")
            print("   serve: the health check passes", flush=True)
            check_confinement(serve)
            print("   serve: not root, no capability, nothing to write but /tmp and the volumes", flush=True)
            check_requests(serve)
            serve.stop()
            if passes(serve):
                fail("the health check passes without a server")
        print("   serve: SIGTERM drains, exit code 0", flush=True)
        with Container("work", volumes, ["work"], FEEDCTL_WORK_PORT="9101", **database) as work:
            health = ["feedctl", "healthcheck", "--url", "http://127.0.0.1:9101/health/ready"]
            wait_until("a ready worker", lambda: work.exec(health).returncode == 0)
            work.stop()
        print("   work: the health check passes, SIGTERM drains, exit code 0", flush=True)
        textfile = VOLUMES[1] + "/views.prom"
        with Container("flush", volumes, ["flush-views", "--every", "1s", "--textfile", textfile], **database) as flush:
            wait_until("metrics of the flush", lambda: os.path.exists(volumes + "/metrics/views.prom"))
            flush.stop()
        print("   flush-views: writes its metrics, SIGTERM ends it, exit code 0", flush=True)
        if NGINX:
            check_proxy(volumes, database)


def check_proxy(volumes, database):
    def start_web(address):
        return Container(f"web-{address}", volumes, FEEDCTL_SERVER_HOST=address, FEEDCTL_AUTH_MODE="open",
                         FEEDCTL_SERVER_TRUSTED_PROXIES="127.0.0.1", FEEDCTL_RATE_LIMIT_ENABLED="false", **database)

    image_proxy.check(NGINX, os.path.dirname(os.path.dirname(DOCKERFILE)), start_web, fail)


main()
