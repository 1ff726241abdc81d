"""Debian's Prometheus, exporters and Alertmanager beside a world, and the webhook that Alertmanager calls."""

import http.server
import json
import os
import re
import threading
import time
import urllib.parse
import urllib.request

from . import rules
from .processes import Failure, free_port, wait_until

PROGRAMS = ["prometheus", "promtool", "prometheus-alertmanager", "prometheus-redis-exporter",
            "prometheus-postgres-exporter", "prometheus-node-exporter"]


class Webhook:
    """Notes each alert of each notification: (time, receiver, status, labels, annotations)."""

    def __init__(self):
        self.calls, self.lock = [], threading.Lock()
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with webhook.lock:
                    for alert in body["alerts"]:
                        webhook.calls.append((time.time(), self.path.strip("/"), alert["status"], alert["labels"],
                                              alert["annotations"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def seen(self, name, status, since):
        with self.lock:
            return [call for call in self.calls
                    if call[3]["alertname"] == name and call[2] == status and call[0] >= since]

    def firing_pages(self, since):
        with self.lock:
            return {call[3]["alertname"] for call in self.calls
                    if call[1] == "page" and call[2] == "firing" and call[0] >= since}

    def stop(self):
        self.server.shutdown()


class Monitoring:
    def __init__(self, world):
        self.world = world
        self.webhook = Webhook()
        self.ports = {name: free_port() for name in ("prometheus", "alertmanager", "redis", "postgres", "node")}
        self.targets = {
            "feedctl-serve": [world.ports["serve1"], world.ports["serve2"]],
            "feedctl-work": [world.ports["work1"]],
            "redis": [self.ports["redis"]],
            "postgres": [self.ports["postgres"]],
            "node": [self.ports["node"]],
        }

    def write(self, name, text):
        path = self.world.path(name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def prometheus_config(self):
        """The product's own file with this world's addresses, and a scrape each second."""
        text = rules.read(self.world.repository, "prometheus.yml")
        text = re.sub(r"_interval: 15s", "_interval: 1s", text)
        for job, ports in self.targets.items():
            addresses = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
            text, found = re.subn(rf"(job_name: {job}\n(?:(?!job_name).*\n)*? *- targets: )\[.*\]", rf"\1[{addresses}]", text)
            if found != 1:
                raise Failure(f"prometheus.yml has no job {job} with static targets")
        text = re.sub(r'\["127.0.0.1:9093"\]', f'["127.0.0.1:{self.ports["alertmanager"]}"]', text)
        return text

    def start(self):
        world = self.world
        self.write("alerts.yml", rules.shortened(rules.read(world.repository, "alerts.yml")))
        prometheus = self.write("prometheus.yml", self.prometheus_config())
        receivers = rules.shortened(rules.read(world.repository, "alertmanager.yml"))
        alertmanager = self.write("alertmanager.yml",
                                  receivers.replace("http://127.0.0.1:9095", f"http://127.0.0.1:{self.webhook.port}"))
        at = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        source = f"user=postgres host={world.path('socket')} port=5432 dbname=feedctl sslmode=disable"
        daemons = {
            "postgres-exporter": (["prometheus-postgres-exporter", "--web.listen-address=" + at["postgres"]],
                                  {"DATA_SOURCE_NAME": source}),
            "redis-exporter": (["prometheus-redis-exporter", "-web.listen-address", at["redis"],
                                "-redis.addr", world.env["REDIS_URL"]], {}),
            "node-exporter": (["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                               "--collector.textfile.directory=" + world.textfiles,
                               "--web.listen-address=" + at["node"]], {}),
            "alertmanager": (["prometheus-alertmanager", "--config.file=" + alertmanager,
                              "--storage.path=" + world.path("alertmanager"), "--cluster.listen-address=",
                              "--web.listen-address=" + at["alertmanager"]], {}),
            "prometheus": (["prometheus", "--config.file=" + prometheus,
                            "--storage.tsdb.path=" + world.path("prometheus"),
                            "--web.listen-address=" + at["prometheus"]], {}),
        }
        for name, (argv, env) in daemons.items():
            world.daemon(name, argv, env=env).start()
        world.env["PROMETHEUS"] = "http://" + at["prometheus"]
        world.env["ALERTMANAGER"] = "http://" + at["alertmanager"]
        wait_until("every target is scraped", 120, self.all_targets_up)

    def all_targets_up(self):
        return self.query("count(up == 1)") == sum(map(len, self.targets.values()))

    def query(self, expression):
        """The first value, or None."""
        url = f"{self.world.env['PROMETHEUS']}/api/v1/query?query=" + urllib.parse.quote(expression)
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                result = json.load(response)["data"]["result"]
        except OSError:
            return None
        return float(result[0]["value"][1]) if result else None

    def firing(self):
        """Names of alerts that fire now, notified or not."""
        url = f"{self.world.env['PROMETHEUS']}/api/v1/alerts"
        with urllib.request.urlopen(url, timeout=10) as response:
            alerts = json.load(response)["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def wait_firing(self, name, since, seconds):
        return wait_until(f"{name} fires", seconds, lambda: self.webhook.seen(name, "firing", since))[0]

    def wait_resolved(self, name, since, seconds):
        def is_resolved():
            return name not in self.firing() and self.webhook.seen(name, "resolved", since)
        return wait_until(f"{name} resolves", seconds, is_resolved)[-1]

    def stop(self):
        self.webhook.stop()
