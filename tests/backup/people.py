"""Users with tokens, sessions, images and Idempotency-Keys, each of whom does something at a certain time."""
import base64
import hashlib
import http.client
import json
import os
import uuid

from load import Api
from servers import wait_until


class Session:
    """A session as a sign-in makes it. Its secret is chosen here, as no provider is there."""

    def __init__(self, world, user):
        self.id, secret = uuid.uuid4(), os.urandom(32)
        digest = hashlib.sha256(self.id.bytes + secret).hexdigest()
        world.sql("INSERT INTO sessions (id, user_id, client, scopes, current_hash, expires_at) VALUES "
                  f"('{self.id}', {user}, 'drill', '{{read,write}}', '\\x{digest}', now() + interval '14 days')")
        self.refresh_token = "fr_" + base64.urlsafe_b64encode(self.id.bytes + secret).decode()
        self.access_token = None

    def refresh(self, api):
        status, body, _ = api.call("POST", "/auth/refresh", body={"refresh_token": self.refresh_token})
        if status == 200:
            self.refresh_token, self.access_token = body["refresh_token"], body["access_token"]
        return status


class Visitors:
    def __init__(self, world, api, fixtures):
        self.world, self.api, self.photo = world, Api(api.port), fixtures / "photo.jpg"
        self.ids = {}
        for handle in ("valid", "revoked_before", "revoked_after", "deleted_later", "session_old", "session_new"):
            self.ids[handle] = self.api.need((201,), "POST", "/v1/users", body={"handle": handle + "_"})[0]["id"]

    def token(self, handle):
        return json.loads(self.world.feedctl("users", "token", "--handle", handle + "_", "--ttl", "2h", "-o", "json").stdout)["token"]

    def me(self, token):
        return self.api.call("GET", "/auth/me", token=token)[0]

    def before_backup(self):
        """Images that the backup of the store has."""
        self.kept_post = self.new_post("deleted_later", "with an image that will be removed")
        self.api.upload(f"/v1/posts/{self.kept_post}/image", self.ids["deleted_later"], self.photo)
        self.api.upload(f"/v1/users/{self.ids['deleted_later']}/avatar", self.ids["deleted_later"], self.photo)
        self.wait_for_thumbnails()

    def new_post(self, handle, text, key=None):
        return self.api.need((201,), "POST", "/v1/posts", user=self.ids[handle], body={"text": text}, key=key)[0]["id"]

    def wait_for_thumbnails(self):
        wait_until("images are ready", lambda: self.world.sql("SELECT count(*) FROM jobs") == "0")

    def before_moment(self):
        self.unsaved_post = self.new_post("valid", "its image is in no backup")
        self.api.upload(f"/v1/posts/{self.unsaved_post}/image", self.ids["valid"], self.photo)
        self.unsaved_image = int(self.api.need((200,), "GET", f"/v1/posts/{self.unsaved_post}")[0]["image"]["id"])
        self.tokens = {handle: self.token(handle) for handle in ("valid", "revoked_before", "revoked_after", "deleted_later")}
        self.world.feedctl("users", "revoke", "--handle", "revoked_before_")
        wait_until("the revoked token is refused", lambda: self.me(self.tokens["revoked_before"]) == 401)
        self.sessions = {handle: Session(self.world, self.ids[handle]) for handle in ("session_old", "session_new")}
        for session in self.sessions.values():
            assert session.refresh(self.api) == 200
        self.key_before = uuid.uuid4().hex
        self.post_before = self.new_post("valid", "before the moment", self.key_before)

    def settle(self):
        self.wait_for_thumbnails()

    def after_moment(self):
        self.world.feedctl("users", "revoke", "--handle", "revoked_after_")
        wait_until("the revoked token is refused", lambda: self.me(self.tokens["revoked_after"]) == 401)
        assert self.sessions["session_new"].refresh(self.api) == 200
        self.event_id = self.stream()[-1].split(":", 1)[1].strip()
        self.key_after = uuid.uuid4().hex
        body, headers = self.api.need((201,), "POST", "/v1/posts", user=self.ids["valid"], key=self.key_after,
                                      body={"text": "after the moment"})
        self.post_after, self.feed_token = body["id"], headers["X-Feed-Token"]
        self.api.need((204,), "DELETE", f"/v1/posts/{self.unsaved_post}/image", user=self.ids["valid"])

    def stream(self, last_id=None):
        """The beginning of an event stream, up to its first id."""
        connection = http.client.HTTPConnection("127.0.0.1", self.api.port, timeout=60)
        headers = {"X-User-Id": str(self.ids["valid"])}
        connection.request("GET", "/v1/feed/stream", headers=dict(headers, **{"Last-Event-ID": last_id} if last_id else {}))
        answer, lines = connection.getresponse(), []
        assert answer.status == 200, answer.status
        while not (lines and lines[-1].startswith("id:")):
            lines.append(answer.readline().decode().strip())
        connection.close()
        return lines

    def delete_account(self):
        self.api.need((202, 204), "DELETE", f"/v1/users/{self.ids['deleted_later']}", user=self.ids["deleted_later"])

    def wait_for_removed_images(self):
        wait_until("removed images are gone", lambda: self.world.sql("SELECT count(*) FROM media") == "0")
        wait_until("their objects, too", lambda: not [one for one in (self.world.folder / "media").rglob("*") if one.is_file()
                                                      and one.parent.name != "quarantine"])

    def lost_image(self):
        return self.unsaved_image

    def check_restored(self):
        found = {handle: self.me(token) for handle, token in self.tokens.items()}
        assert found == {"valid": 200, "revoked_before": 401, "revoked_after": 200, "deleted_later": 200}, found
        assert self.sessions["session_old"].refresh(self.api) == 200
        assert self.sessions["session_new"].refresh(self.api) == 401
        body, headers = self.api.need((201,), "POST", "/v1/posts", user=self.ids["valid"], key=self.key_before,
                                      body={"text": "before the moment"})
        assert body["id"] == self.post_before and headers.get("Idempotency-Replayed") == "true", (body, headers)
        body, headers = self.api.need((201,), "POST", "/v1/posts", user=self.ids["valid"], key=self.key_after,
                                      body={"text": "after the moment"})
        assert body["id"] != self.post_after and not headers.get("Idempotency-Replayed"), (body, headers)
        self.api.need((404,), "GET", f"/v1/posts/{self.post_after}")
        status, body, _ = self.api.call("GET", f"/v1/feed?min_token={self.feed_token}", user=self.ids["valid"])
        assert status == 200, f"a token of the lost history: {status} {body}"
        lines = self.stream(self.event_id)
        assert "event: reload" in lines, lines
        image = self.api.need((200,), "GET", f"/v1/posts/{self.kept_post}")[0]["image"]
        self.api.need((200,), "GET", image["url"])
        for thumbnail in image["thumbnails"]:
            self.api.need((200,), "GET", thumbnail["url"])
        avatar = self.api.need((200,), "GET", f"/v1/users/{self.ids['deleted_later']}")[0]["avatar"]
        self.api.need((200,), "GET", avatar)
        assert self.api.need((200,), "GET", f"/v1/posts/{self.unsaved_post}")[0]["image"] is None
        return "tokens, sessions, Idempotency-Keys and images are as the page says"

    def check_tokens_ended(self):
        wait_until("tokens of before are refused", lambda: self.me(self.tokens["valid"]) == 401)
        assert self.sessions["session_old"].refresh(self.api) == 200
        assert self.me(self.sessions["session_old"].access_token) == 200
