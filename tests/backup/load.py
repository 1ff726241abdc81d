"""Clients that write by the API, and the log of what was acknowledged: who did what, when it was sent and when
its answer came. A client owns its users, and waits for each answer: so the last acknowledged command on a pair
decides its state."""
import http.client
import json
import pathlib
import random
import threading
import time
import uuid


class Api:
    """One connection. Not for several threads."""

    def __init__(self, port):
        self.port, self.connection, self.exchanges = port, None, 0

    def call(self, method, path, user=None, body=None, token=None, key=None, raw=None, kind=None):
        """-> (status, body or None, headers)"""
        headers = {}
        if user is not None:
            headers["X-User-Id"] = str(user)
        if token:
            headers["Authorization"] = "Bearer " + token
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            raw, kind = json.dumps(body).encode(), "application/json"
        if kind:
            headers["Content-Type"] = kind
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.connection.request(method, path, body=raw, headers=headers)
            answer = self.connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            was_kept = self.exchanges > 0
            self.close()
            if method == "GET" and was_kept:  # the server that it led to was stopped
                return self.call(method, path, user, body, token, key, raw, kind)
            raise
        self.exchanges += 1
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return answer.status, json.loads(data) if data and is_json else None, answer.headers

    def need(self, statuses, *words, **more):
        status, body, headers = self.call(*words, **more)
        if status not in statuses:
            raise RuntimeError(f"{words}: {status} {body}")
        return body, headers

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection, self.exchanges = None, 0

    def upload(self, path, user, file, key=None):
        edge = uuid.uuid4().hex
        raw = (f'--{edge}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n'
               "Content-Type: image/jpeg\r\n\r\n").encode() + pathlib.Path(file).read_bytes() + f"\r\n--{edge}--\r\n".encode()
        return self.need((201,), "POST", path, user=user, raw=raw, kind=f"multipart/form-data; boundary={edge}", key=key)[0]

    def feed(self, user):
        """All of a home feed: (id, author, text, likes, liked), newest first."""
        posts, cursor = [], ""
        while cursor is not None:
            page, _ = self.need((200,), "GET", f"/v1/feed?limit=100{'&cursor=' + cursor if cursor else ''}", user=user)
            posts += [(p["id"], p["author_id"], p["text"], p["like_count"], p["liked"]) for p in page["posts"]]
            cursor = page["next_cursor"]
        return posts


class Ack:
    """A command that was acknowledged."""
    __slots__ = ("kind", "user", "object", "sent", "answered", "key")

    def __init__(self, kind, user, object, sent, answered, key):
        self.kind, self.user, self.object = kind, user, object
        self.sent, self.answered, self.key = sent, answered, key


class Load:
    """Threads that write until stop(). `people`: ids of users. `posts`: ids to like and view."""

    def __init__(self, ports, people, posts, threads=4, seed=1):
        self.acks, self.doubtful, self.errors = [], [], []
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.people, self.posts = list(people), list(posts)
        self.threads = [threading.Thread(target=self.write, args=(ports[i % len(ports)], self.people[i::threads], seed + i),
                                         daemon=True) for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def count(self):
        with self.lock:
            return len(self.acks)

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(180)
            if thread.is_alive():
                raise TimeoutError("a client does not end")
        if self.errors:
            raise RuntimeError("; ".join(self.errors[:3]))
        return self.acks

    def write(self, port, users, seed):
        api, dice = Api(port), random.Random(seed)
        mine = []
        while not self.ended.is_set():
            try:
                self.one(api, dice, users, mine)
            except Exception as error:  # reported by stop()
                self.errors.append(f"{type(error).__name__}: {error}")
                return
        api.close()

    def one(self, api, dice, users, mine):
        user, key = dice.choice(users), uuid.uuid4().hex
        kind = dice.choices(("post", "delete", "like", "unlike", "follow", "unfollow", "view"),
                            (20, 4, 30, 6, 10, 4, 26))[0]
        with self.lock:
            target = dice.choice(self.posts)
        other = dice.choice([one for one in self.people if one != user])
        if kind == "delete":
            if not mine:
                return
            user, target = mine.pop(dice.randrange(len(mine)))
        method, path, body, wanted = {
            "post": ("POST", "/v1/posts", {"text": "post " + key}, (201,)),
            "delete": ("DELETE", f"/v1/posts/{target}", None, (204,)),
            "like": ("POST", "/v1/likes", {"post_id": target}, (200, 201)),
            "unlike": ("DELETE", f"/v1/posts/{target}/likes", None, (204,)),
            "follow": ("POST", f"/v1/users/{other}/follow", None, (200,)),
            "unfollow": ("POST", f"/v1/users/{other}/unfollow", None, (200,)),
            "view": ("POST", "/v1/views", {"postId": target}, (200,)),
        }[kind]
        sent = time.time()
        status, answer, _ = api.call(method, path, user=user, body=body, key=None if kind == "view" else key)
        answered = time.time()
        if status == 404 or status == 409:
            return  # a post that was deleted, a like that is not there
        if status not in wanted:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        if kind == "view" and not answer["counted"]:
            return
        subject = {"post": lambda: answer["id"], "follow": lambda: other, "unfollow": lambda: other}.get(kind, lambda: target)()
        with self.lock:
            self.acks.append(Ack(kind, user, subject, sent, answered, key))
            if kind == "post":
                self.posts.append(subject)
        if kind == "post":
            mine.append((user, subject))


def expected(acks, target):
    """What must be there at the target time, by the acknowledgements alone: {post: bool}, {(user, post): bool},
    {(follower, followee): bool}, {(user, post)}: views. A pair with a command that was on its way then is left out."""
    posts, likes, follows, views, unknown = {}, {}, {}, set(), set()
    for ack in sorted(acks, key=lambda one: one.sent):
        place = {"post": (posts, ack.object), "delete": (posts, ack.object), "like": (likes, (ack.user, ack.object)),
                 "unlike": (likes, (ack.user, ack.object)), "follow": (follows, (ack.user, ack.object)),
                 "unfollow": (follows, (ack.user, ack.object)), "view": (None, None)}[ack.kind]
        if ack.kind == "view":
            if ack.answered <= target:
                views.add((ack.user, ack.object))
            continue
        table, pair = place
        if ack.answered <= target:
            table[pair] = ack.kind in ("post", "like", "follow")
        elif ack.sent <= target:
            unknown.add((id(table), pair))
        elif ack.kind == "post":
            table[pair] = False
        elif pair not in table and (id(table), pair) not in unknown:
            # Nobody had touched it before: it is as the load began.
            unknown.add((id(table), pair))
    for table in (posts, likes, follows):
        for pair in [one for one in table if (id(table), one) in unknown]:
            del table[pair]
    return posts, likes, follows, views
