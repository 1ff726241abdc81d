"""feedctl loadtest as a load generator: its cost beside wrk's, its latencies beside those of vegeta, which keeps a
constant rate too, and whether it shows a pause of the server that a closed loop hides."""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

from edge import Hot
from measures import Measure, Row
from server import neutral_environment
from web import CONNECTIONS, FIELDS, LOAD_CORE, pinned, start_serve, wrk

ROOT = pathlib.Path(__file__).parent.parent.parent
RATE = 500  # requests a second of the open loops: far below what a core can do
PAUSE = 0.2


def vegeta(may_build):
    """The program and "", or None and why there is none. Go builds it into build/test-tools, which takes minutes."""
    found = shutil.which("vegeta")
    built = ROOT / "build/test-tools/vegeta/vegeta"
    if found or built.exists():
        return found or str(built), ""
    if not may_build or not shutil.which("go"):
        return None, "vegeta is not installed" + (", nor is Go" if may_build else "")
    folder = built.parent
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "GOPATH": str(folder / "go"), "GOCACHE": str(folder / "cache"), "GOFLAGS": "-modcacherw"}
    try:
        done = subprocess.run(["go", "build", "-ldflags=-s -w", "-o", str(built), "github.com/tsenart/vegeta/v12"],
                              cwd=ROOT / "tests/support/vegeta", env=environment, capture_output=True, text=True, timeout=900)
    except subprocess.TimeoutExpired:
        return None, "Go did not build vegeta in time"
    return (str(built), "") if done.returncode == 0 else (None, "Go could not build vegeta: " + done.stderr[-200:])


def generator_seconds():
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


class Paused:
    """Stops the server once, in the middle of the run."""

    def __init__(self, pid, after):
        self.pid, self.after = pid, after
        self.thread = threading.Thread(target=self.run)

    def run(self):
        time.sleep(self.after)
        os.kill(self.pid, signal.SIGSTOP)
        time.sleep(PAUSE)
        os.kill(self.pid, signal.SIGCONT)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.thread.join()


class LoadTest(Hot):
    """The cached hot feed, which the server answers from memory: so the generator is what is measured."""
    name = "loadtest"

    def __init__(self, server, binary, scale):
        self.server, self.binary, self.scale = server, binary, scale
        self.seconds = max(2, int(6 * scale))
        self.database = "bench_loadtest"
        server.create(self.database)
        server.feedctl(binary, ["migrate", "up"], self.database)
        server.feedctl(binary, ["seed", "--profile", "small"], self.database)
        self.child, self.port = start_serve(server, binary, self.database, {"FEEDCTL_AUTH_MODE": "open"})
        self.path = "/v1/feed/hot?limit=20"
        self.mix = server.folder / "loadtest.yaml"
        headers = ", ".join(f'{name}: "{value}"' for name, value in (f.split(": ", 1) for f in FIELDS) if name != "Connection")
        self.mix.write_text("operations:\n  page: {weight: 1, anonymous: true, raw: {method: GET, "
                            f'path: "{self.path}", headers: {{{headers}}}}}}}\n')

    def load(self, *words):
        """The summary of a run on the generator's core."""
        result = self.server.folder / "loadtest.json"
        argv = pinned(LOAD_CORE) + [self.binary, "loadtest", "--url", f"http://127.0.0.1:{self.port}", "--mix", str(self.mix),
                                    "--duration", f"{self.seconds}s", "--users", "1", "--result", str(result), *words]
        done = subprocess.run(argv, env={**neutral_environment(), "HOME": str(self.server.folder), "NO_COLOR": "1"}, cwd="/",
                              capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise SystemExit(f"feedctl loadtest ended with {done.returncode}\n{done.stderr}{done.stdout}")
        summary = json.loads(result.read_text())["operations"][0]["summary"]
        if summary["errors"]:
            raise SystemExit(f"{summary['errors']} requests failed")
        return summary

    def closed(self):
        return self.load("--closed", "--connections", str(CONNECTIONS), "--threads", "1", "--warm-up", "0s")

    def open(self):
        return self.load("--rate", str(RATE), "--connections", str(CONNECTIONS), "--threads", "1", "--warm-up", "1s")

    def by_processor(self):
        before = generator_seconds()
        return Measure(self.closed()["answers"], generator_seconds() - before)

    def wrk_by_processor(self):
        before = generator_seconds()
        requests = wrk(self.port, self.path, self.seconds).requests
        return Measure(requests, generator_seconds() - before)

    def by_clock(self):
        return Measure(self.closed()["answers"], self.seconds)

    def wrk_by_clock(self):
        load = wrk(self.port, self.path, self.seconds)
        return Measure(load.requests, load.seconds)

    def vegeta(self):
        argv = pinned(LOAD_CORE) + [self.program, "attack", f"-rate={RATE}", f"-duration={self.seconds}s",
                                    f"-connections={CONNECTIONS}"]
        for field in FIELDS:
            argv += ["-header", field]
        attack = subprocess.run(argv, input=f"GET http://127.0.0.1:{self.port}{self.path}\n".encode(), capture_output=True,
                                check=True)
        report = subprocess.run([self.program, "report", "-type=json"], input=attack.stdout, capture_output=True, check=True)
        found = json.loads(report.stdout)["latencies"]
        return {name: found[key] / 1000 for name, key in (("p50", "50th"), ("p90", "90th"), ("p99", "99th"))}

    def difference(self):
        """The largest difference of a percentile in percent, and all of them in microseconds."""
        theirs, ours = self.vegeta(), self.open()
        notes = {f"{name} vegeta": value for name, value in theirs.items()}
        notes.update({name: ours[f"{name}_us"] for name in theirs})
        return Measure(max(abs(ours[f"{name}_us"] / value - 1) * 100 for name, value in theirs.items()), 1, notes)

    def shown(self, run, warm_up):
        """Milliseconds of the 99.9th percentile of a run with a pause in it."""
        with Paused(self.child.pid, warm_up + self.seconds / 2):
            summary = run()
        return Measure(summary["p99_9_us"] / 1000, 1, {"max": summary["max_us"] / 1000})

    def hidden(self):
        measure = self.shown(self.closed, 0.5)
        return Measure(measure.amount, 1, {"closed max": measure.notes["max"]})

    def revealed(self):
        measure = self.shown(self.open, 1.5)
        return Measure(measure.amount, 1, {"open max": measure.notes["max"]})

    def rows(self):
        yield Row("loadtest cpu", "requests", self.by_processor, self.wrk_by_processor, 0.5)
        yield Row("loadtest", "requests", self.by_clock, self.wrk_by_clock, 0.5)
        self.program, why_not = vegeta(self.scale >= 0.1)
        if self.program:
            yield Row("loadtest latency", "%", self.difference, None, 5, "most")
        else:
            print(f"loadtest latency is skipped: {why_not}", file=sys.stderr, flush=True)
        yield Row("loadtest pause p99.9", "ms", self.hidden, self.revealed, 0.5, "times")

    def close(self):
        self.server.stop(self.child)


ALL = {"loadtest": LoadTest}
