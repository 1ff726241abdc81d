"""Modest traffic at both servers, so that rates and latencies exist; and clients that are too many."""

import http.client
import json
import random
import threading
import time


class Client:
    """One connection, which is opened again after an error."""

    def __init__(self, port, token=None, timeout=8):
        self.port, self.token, self.timeout = port, token, timeout
        self.connection = None

    def send(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            self.connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = self.connection.getresponse()
            text = response.read()
            if response.will_close:
                self.close()
            return response.status, text
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b""

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Traffic:
    """Threads that send requests until they are stopped."""

    def __init__(self, world, people):
        self.world, self.people = world, people  # [{user_id, token}]
        self.stopping = threading.Event()
        self.threads = []

    def spawn(self, work):
        def loop():
            while not self.stopping.is_set():
                work()
        self.threads.append(threading.Thread(target=loop, daemon=True))
        self.threads[-1].start()

    def start(self):
        posts = [post["id"] for post in json.loads(self.world.request("serve1", "/v1/feed/hot?limit=30")[1])["posts"]]
        for name in ("serve1", "serve2"):
            for person in random.sample(self.people, 3):
                self.spawn(self.reader(name, person, posts))

    def reader(self, name, person, posts):
        client = Client(self.world.ports[name], person["token"])
        rounds = [0]

        def work():
            rounds[0] += 1
            post = random.choice(posts)
            client.send("GET", "/v1/feed/hot?limit=20")
            client.send("GET", "/v1/feed?limit=20")
            client.send("POST" if rounds[0] % 2 else "DELETE", f"/v1/posts/{post}/likes")
            client.send("POST", "/v1/views/batch", {"postIds": [post]})
            client.send("GET", f"/v1/users/{person['user_id']}/followers")
            if rounds[0] % 20 == 0:
                client.send("POST", "/v1/posts", {"text": f"round {rounds[0]}"})
            time.sleep(0.7)
        return work

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(15)


class Flood:
    """So many clients at once that each asks for a page which is not in memory."""

    def __init__(self, world, name, path, count=60):
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=(Client(world.ports[name]), path), daemon=True)
                        for _ in range(count)]

    def ask(self, client, path):
        while not self.stopping.is_set():
            status, _ = client.send("GET", path)
            if status == 0:
                time.sleep(0.2)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(15)
