"""What a server costs that nobody asks for anything: memory, time from its start until it is ready, and its processor time."""
import socket
import subprocess
import time

from measures import Bench, Measure, Row
from web import Client, cpu_seconds, fetch, listen, resident_mib, start_serve


class Idle(Bench):
    name = "idle"

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        server.feedctl(binary, ["seed", "--users", "1000", "--likes", "1000"], self.database)
        self.idle_seconds = max(1, int(5 * scale))

    def rows(self):
        return [Row("idle-memory", "MiB", self.memory, None, 40, "most"),
                Row("idle-start", "ms", self.start, None, 150, "most")]

    def memory(self):
        child, port = start_serve(self.server, self.binary, self.database)
        fetch(port, "/v1/feed/hot")
        before = cpu_seconds(child.pid)
        time.sleep(self.idle_seconds)
        cpu = (cpu_seconds(child.pid) - before) / self.idle_seconds
        used = resident_mib(child.pid)
        self.server.stop(child)
        return Measure(used, 1, {"cpu_percent": 100 * cpu})

    def start(self):
        """Until it says READY, as to systemd, and /health/ready says so too."""
        place = str(self.server.folder / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(place)
            notified.settimeout(30)
            listener = listen()
            port = listener.getsockname()[1]
            environment = self.server.environment(self.database, {"NOTIFY_SOCKET": place, "FEEDCTL_LOG_LEVEL": "warning"})
            start = time.monotonic()
            child = subprocess.Popen([self.binary, "serve", "--listen-fd", str(listener.fileno())], env=environment, cwd="/",
                                     pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL, stderr=self.server.log("serve"))
            self.server.children.append(child)
            listener.close()
            while b"READY=1" not in notified.recv(4096):
                pass
            took = time.monotonic() - start
        (self.server.folder / "notify").unlink()
        client = Client(port)
        status = client.ask("GET", "/health/ready")[0]
        client.close()
        self.server.stop(child)
        if status != 200:
            raise SystemExit(f"serve said that it is ready, /health/ready {status}")
        return Measure(1000 * took, 1)


ALL = {Idle.name: Idle}
