"""Uploads of images: how many a second one core takes, how soon a link works, and what a crowd of large ones costs."""
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time

from measures import Bench, Measure, Row
from photo import make_photo
from web import SERVER_CORE, Client, cpu_seconds, metrics, pinned, resident_mib, start_serve

BOUNDARY = "----the-boundary-of-the-bench"
LARGE = 5 * 1024 * 1024 - 1024  # just small enough


def form_of(image):
    return (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n"
            "Content-Type: image/jpeg\r\n\r\n").encode() + image + f"\r\n--{BOUNDARY}--\r\n".encode()


class Uploader:
    """One connection of one user, who has one post."""

    def __init__(self, port, user, post):
        self.port, self.user, self.path = port, user, f"/v1/posts/{post}/image"
        self.link = None

    def send(self, form):
        """Status and body of the answer."""
        if self.link is None:
            self.link = socket.create_connection(("127.0.0.1", self.port), 60)
            self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.stream = self.link.makefile("rb")
        self.link.sendall(f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-User-Id: {self.user}\r\n"
                          f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(form)}\r\n\r\n".encode()
                          + form)
        status = int(self.stream.readline().split()[1])
        fields = {}
        while (line := self.stream.readline().decode().strip()):
            name, value = line.split(": ", 1)
            fields[name.lower()] = value
        body = self.stream.read(int(fields.get("content-length", 0))).decode()
        if fields.get("connection") == "close":
            self.close()
        return status, body

    def close(self):
        if self.link is not None:
            self.stream.close()
            self.link.close()
        self.link = None


class Media(Bench):
    """A serve with a directory on one core, people and posts. `why_not`: this build cannot take images."""
    people = 8
    core = SERVER_CORE

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.seconds = max(1, int(4 * scale))
        folder = server.folder / f"media-{self.name}"
        folder.mkdir(exist_ok=True)
        self.child, self.port = start_serve(server, binary, self.database, {
            "FEEDCTL_AUTH_MODE": "open", "FEEDCTL_MEDIA_DIRECTORY": str(folder), "FEEDCTL_MEDIA_PROCESSES": "2"}, core=self.core)
        self.owners = [self.add_person(i) for i in range(self.people)]
        self.image = make_photo(1600, 1200, 12) if scale >= 0.1 else make_photo(320, 240, 12)
        status, body = Uploader(self.port, *self.owners[0]).send(form_of(self.image))
        self.why_not = body if status == 503 else None
        if status not in (201, 503):
            raise SystemExit(f"an upload was answered {status} {body}")

    def add_person(self, number):
        client = Client(self.port)
        try:
            user = json.loads(client.ask("POST", "/v1/users", json.dumps({"handle": f"m{number}"}))[2])["id"]
            post = json.loads(client.ask("POST", "/v1/posts", json.dumps({"author_id": user, "text": "a post"}))[2])["id"]
        finally:
            client.close()
        return user, post

    def rows(self):
        if self.why_not is None:
            return self.measured_rows()
        print(f"{self.name}: {self.why_not}", file=sys.stderr, flush=True)
        return []

    def close(self):
        self.server.stop(self.child)


class Uploads(Media):
    """Against vipsthumbnail, which encodes the same photo anew at its full size; where it is missing, against the codec
    of feedctl alone, without HTTP and database."""
    name, unit, goal = "media-upload", "photos", 0.6

    def measured_rows(self):
        vips = shutil.which("vipsthumbnail")
        self.photo = self.server.folder / "photo.jpg"
        self.photo.write_bytes(self.image)
        limit = (lambda: self.vips(vips)) if vips else self.codec
        return [Row("media-upload" + ("" if vips else " (codec)"), self.unit, self.over_http, limit, self.goal)]

    def over_http(self):
        form, end = form_of(self.image), time.monotonic() + self.seconds
        start = time.monotonic()

        def send_until_end(owner):
            uploader, done = Uploader(self.port, *owner), 0
            while time.monotonic() < end:
                status, body = uploader.send(form)
                if status == 201:
                    done += 1
                elif status not in (429, 503):
                    raise SystemExit(f"an upload was answered {status} {body}")
            uploader.close()
            return done

        with concurrent.futures.ThreadPoolExecutor(len(self.owners)) as pool:
            done = sum(pool.map(send_until_end, self.owners))
        return Measure(done, time.monotonic() - start, {"kb": len(self.image) / 1000})

    def vips(self, program):
        """As many files at once as there are, for about as long."""
        count, spent, start = 0, 0.0, time.monotonic()
        while spent < self.seconds:
            subprocess.run(pinned(SERVER_CORE) + [program, "--size", "8192x8192>", "-o", str(self.server.folder / "%s-out.jpg[Q=85,strip]")]
                           + [str(self.photo)] * 8, check=True, capture_output=True, timeout=600)
            count += 8
            spent = time.monotonic() - start
        return Measure(count, spent)

    def codec(self):
        program = pathlib.Path(self.binary).parents[2] / "tests/bench/bench_images"
        out = subprocess.run(pinned(SERVER_CORE) + [program, self.photo, self.binary, str(self.seconds)], check=True, text=True,
                             capture_output=True, timeout=600).stdout.split()
        return Measure(int(out[0]), float(out[1]))


class FirstLink(Media):
    """From the first byte of an upload until its link has been opened, one after the other."""
    name, core = "media-link", None

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.uploads = max(10, int(300 * min(scale, 1)))

    def measured_rows(self):
        return [Row("media-link p99", "ms", self.p99, None, 50, "most")]

    def p99(self):
        form, times = form_of(self.image), []
        uploader, reader = Uploader(self.port, *self.owners[0]), Client(self.port)
        for _ in range(self.uploads):
            start = time.monotonic()
            status, body = uploader.send(form)
            if status != 201:
                raise SystemExit(f"an upload was answered {status} {body}")
            head = self.open(reader, json.loads(body)["image"]["url"])
            times.append(1000 * (time.monotonic() - start))
            if b" 200 " not in head:
                raise SystemExit(f"the link of an image was answered {head}")
        uploader.close()
        reader.close()
        times.sort()
        return Measure(times[min(len(times) - 1, len(times) * 99 // 100)], 1, {"p50_ms": statistics.median(times)})

    @staticmethod
    def open(reader, path):
        """The first line of the answer; the whole of it is read."""
        reader.link.sendall(f"GET {path} HTTP/1.1\r\n{reader.fields}\r\n".encode())
        first, length, closes = reader.stream.readline(), 0, False
        while (line := reader.stream.readline().strip()):
            name, value = line.lower().split(b": ", 1)
            length = int(value) if name == b"content-length" else length
            closes = closes or (name, value) == (b"connection", b"close")
        reader.stream.read(length)
        if closes:
            reader.close()
            reader.connect()
        return first


def upload_large(port, owners, image, stop):
    """A process with a thread for each owner, who uploads again and again. It stands for other machines: where `serve`
    has work it takes no processor time."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    form = form_of(image + b"\0" * (LARGE - len(image)))

    def send_until_stopped(owner):
        uploader = Uploader(port, *owner)
        while not stop.is_set():
            try:
                uploader.send(form)
            except (OSError, IndexError, ValueError):  # refused before all of it was sent
                uploader.close()
                time.sleep(0.05)
        uploader.close()

    threads = [threading.Thread(target=send_until_stopped, args=(owner,)) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Crowd(Media):
    """A hundred uploads of five megabytes at once: the memory of serve, and reads beside them."""
    name, core = "media-crowd", None
    processes = 4

    def __init__(self, server, binary, scale):
        self.people = max(8, int(100 * min(scale, 1)))
        super().__init__(server, binary, scale)

    def measured_rows(self):
        return [Row("media-crowd memory", "MiB", self.memory, None, 64, "most"),
                Row("media-crowd p99", "ms", self.beside, self.alone, 2, "times")]

    def alone(self):
        return Measure(self.read_p99(), 1)

    def beside(self):
        return self.with_crowd(lambda: Measure(self.read_p99(), 1, {"cpu_s": cpu_seconds(self.child.pid)}))

    def memory(self):
        before, stored = resident_mib(self.child.pid), self.stored()

        def most():
            end, found = time.monotonic() + self.seconds, 0.0
            while time.monotonic() < end:
                found = max(found, resident_mib(self.child.pid))
                time.sleep(0.02)
            return Measure(found - before, 1, {"people": len(self.owners), "stored": self.stored() - stored})

        return self.with_crowd(most)

    def stored(self):
        """Uploads that were taken so far: the others had an answer without any work."""
        return sum(value for name, value in metrics(self.port).items()
                   if name.startswith("feedctl_media_uploads_total") and 'result="stored"' in name)

    def with_crowd(self, measure):
        stop = multiprocessing.Event()
        crowd = [multiprocessing.Process(target=upload_large, args=(self.port, self.owners[i::self.processes], self.image, stop))
                 for i in range(self.processes)]
        for process in crowd:
            process.start()
        try:
            time.sleep(0.5)  # all of them are at it
            return measure()
        finally:
            stop.set()
            for process in crowd:
                process.join(120)
                if process.is_alive():
                    process.kill()

    def read_p99(self):
        """Milliseconds, of reads that come two hundred times a second."""
        client, times, start = Client(self.port), [], time.monotonic()
        for nth in range(200 * self.seconds):
            time.sleep(max(0, start + nth / 200 - time.monotonic()))
            sent = time.monotonic()
            status, _, body = client.ask("GET", f"/v1/posts/{self.owners[nth % len(self.owners)][1]}")
            if status not in (200, 503):
                raise SystemExit(f"a read was answered {status} {body}")
            times.append(1000 * (time.monotonic() - sent))
        client.close()
        times.sort()
        return times[len(times) * 99 // 100]


ALL = {bench.name: bench for bench in (Uploads, FirstLink, Crowd)}
