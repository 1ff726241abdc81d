"""One backup, one bad delete, one restore, by the steps of docs/backup.md. `way`: pgbackrest or basebackup.
By pgbackrest the moment is a quiet one, so that feeds can be compared with what they were. By basebackup it lies
in the middle of the load, and one serve runs through the restore."""
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import time

import checks
from load import Api, Load, expected
from people import Visitors
from servers import Control, wait_until
from steps import Page


class Drill:
    def __init__(self, world, way, quick=False):
        self.world, self.way, self.quick = world, way, quick
        self.page = Page(world.sources / "docs" / "backup.md")
        self.control = Control(world, keeps_running=("feedctl@2",) if way == "basebackup" else ())
        self.skipped = os.environ.get("DRILL_SKIP", "").split(",")  # to see what a step is for

    def step(self, name, statuses=(0,), **variables):
        if name in self.skipped:
            return ""
        begin = time.monotonic()
        out = self.page.run(self.world, name, statuses, **variables)
        print(f"  step {name}: {time.monotonic() - begin:.1f} s", flush=True)
        return out

    def say(self, text):
        print(f"{self.way}: {text}", flush=True)

    def run(self):
        try:
            self.begin()
            self.write_and_back_up()
            self.write_what_will_be_lost()
            self.restore()
            self.check_restored()
            self.go_on()
            if self.way == "pgbackrest" and not self.quick:
                self.lose_the_machine()
        finally:
            self.control.close()

    # ---- before

    def begin(self):
        world = self.world
        world.make_cluster()
        world.start_redis()
        counts = (40, 120, 400, 300) if self.quick else (150, 600, 2500, 2500)
        world.feedctl("seed", "--seed", "1", "--users", counts[0], "--posts", counts[1], "--follows", counts[2],
                      "--likes", counts[3])
        self.write_pgbackrest_settings()
        self.step(f"{self.way}-setup")
        if self.way == "pgbackrest":
            self.step("pgbackrest-check")
        for unit in world.UNITS:
            world.start_feedctl(unit)
        self.apis = [Api(port) for port in world.ports.values()]
        self.people = [int(one) for one in world.sql("SELECT id FROM users ORDER BY id").split()]
        self.seeded = [int(one) for one in world.sql("SELECT id FROM posts ORDER BY id").split()]
        self.visitors = Visitors(world, self.apis[0], world.sources / "fixtures")

    def write_pgbackrest_settings(self):
        """The page's own file, with the folders of this drill."""
        world = self.world
        text = self.page.block("pgbackrest-conf")
        for key, value in {"repo1-path": world.folder / "backups" / "pgbackrest", "pg1-path": world.data,
                           "pg1-socket-path": world.folder / "run"}.items():
            text, times = re.subn(rf"(?m)^{key}=.*$", f"{key}={value}", text)
            assert times == 1, key
        text = text.replace("[global]\n", f"[global]\nlog-path={world.folder}/log\nlog-level-file=off\n"
                                          f"lock-path={world.folder}/lock\nspool-path={world.folder}/spool\npg1-user=postgres\n"
                            .replace("pg1-user=postgres\n", ""))
        (world.folder / "pgbackrest.conf").write_text(text)

    def load(self, seed, posts=None):
        return Load(list(self.world.ports.values()), self.people, posts or self.seeded, seed=seed)

    def write_and_back_up(self):
        amount = 300 if self.quick else 3000
        load = self.load(1)
        self.visitors.before_backup()
        wait_until("some writes", lambda: load.errors or load.count() > amount // 3)
        self.step(f"{self.way}-backup")
        self.step("check")
        self.backed_up = time.time()
        self.step("media-backup")
        self.visitors.before_moment()
        wait_until("writes after the backup", lambda: load.errors or load.count() > amount)
        if self.way == "pgbackrest":
            self.acks = load.stop()
            self.settle()
            self.feeds = {user: self.apis[0].feed(user) for user in self.people}
            self.positions = {"before": self.tail_position("start")[0]}
            self.moment = time.time()
        else:
            self.visitors.settle()
            self.positions = {"before": self.tail_position("start")[0]}
            self.moment = time.time()
            count = load.count()
            wait_until("writes right after the moment", lambda: load.errors or load.count() > count + amount // 3)
            self.acks = load.stop()
        # Nothing that follows may carry the moment's own microsecond.
        wait_until("a later time", lambda: time.time() > self.moment + 0.01)
        self.say(f"{len(self.acks)} acknowledged writes, the moment is {self.target(self.moment)}")

    @staticmethod
    def target(moment):
        return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f+00")

    def settle(self, limit=120):
        """Waits until workers and flush have nothing to do."""
        checks.wait_settled(self.world, limit)

    def tail_position(self, start):
        """-> (the position after all events there are, their ids)"""
        lines = [json.loads(line) for line in self.world.feedctl(
            "events", "tail", "--from", start, "--once", "-o", "jsonl").stdout.splitlines()]
        positions = [line["position"] for line in lines if "position" in line]
        return positions[-1] if positions else start, [line["id"] for line in lines if "id" in line]

    # ---- what will be lost

    def write_what_will_be_lost(self):
        world = self.world
        amount = 200 if self.quick else 1500
        load = self.load(100, posts=self.seeded + [ack.object for ack in self.acks if ack.kind == "post"])
        self.visitors.after_moment()
        wait_until("writes that will be lost", lambda: load.errors or load.count() > amount // 2)
        self.settle_views()
        world.stop("feedctl-flush-views-daemon")  # what is viewed from here on waits in Redis
        half = load.count()
        wait_until("views that wait", lambda: load.errors or load.count() > half + amount // 2)
        self.lost = load.stop()
        # The mistakes: an account by the API, with its images; and half of all posts, past the log.
        self.visitors.delete_account()
        self.visitors.wait_for_removed_images()
        world.sql("DELETE FROM posts WHERE id % 2 = 0")
        for api in self.apis:
            api.need((200,), "GET", "/v1/feed/hot?limit=50")
        self.positions["lost"] = self.tail_position(self.positions["before"])[0]
        self.say(f"{len(self.lost)} acknowledged writes after it, half of the posts and an account are deleted")

    def settle_views(self):
        wait_until("a flush of views", lambda: self.world.redis("LLEN", "views:pending") == "0"
                   or self.world.redis("ZCARD", "views:batches") == "0")

    # ---- the restore

    def restore(self):
        world, pending = self.world, None
        begin = time.monotonic()
        self.step("stop")
        pending = checks.pending_views(world)
        lost_xid, timeline = self.step("note-xid").strip(), self.step("note-timeline").strip()
        bases = sorted((world.folder / "backups" / "base").glob("*")) if self.way == "basebackup" else [""]
        if self.way == "basebackup" or not self.quick:  # a moment that was too early is put right
            self.restore_to(self.target(self.backed_up), timeline, bases[-1])
        self.restore_to(self.target(self.moment), timeline, bases[-1])
        self.tables = checks.Tables(world)  # before anything else writes
        if self.way == "basebackup":
            # The serve that ran on may have written nothing: clients are away. It must read what is there.
            wait_until("the serve that ran on is ready", lambda: world.health(world.ports["feedctl@2"]) == 200)
        self.step("ids", LOST_XID=lost_xid)
        self.step("redis")
        self.pending = pending
        self.step("media-restore")
        missing = self.step("media-verify", statuses=(3,))
        assert str(self.visitors.lost_image()) in missing, missing
        world.feedctl("media", "verify", "--repair", "--drop-lost")
        world.feedctl("media", "verify")
        self.step("start")
        for api in (*self.apis, self.visitors.api):
            api.close()
        for unit, port in world.ports.items():
            wait_until(f"{unit} is ready", lambda port=port: world.health(port) == 200)
        self.settle()
        self.step("verify")
        self.lost_xid = int(lost_xid)
        self.say(f"restored, {time.monotonic() - begin:.0f} s with all steps and checks")

    def restore_to(self, target, timeline, base):
        self.step("put-aside")
        time.sleep(1)  # the name of the folder that was put aside has seconds
        self.step(f"{self.way}-restore", TARGET=target, TIMELINE=timeline, BASE=str(base))
        self.step("wait")

    # ---- after it

    def check_restored(self):
        world = self.world
        wanted = expected(self.acks, self.moment)
        figures = self.tables.compare(wanted, self.seeded, self.moment, self.acks + self.lost)
        self.say("as acknowledged before the moment: " + figures)
        self.say("views: " + checks.compare_views(world, self.tables, wanted[3], self.pending,
                                                 exact=self.way == "pgbackrest"))
        if self.way == "pgbackrest":
            for number, api in enumerate(self.apis, 1):
                for user, feed in self.feeds.items():
                    found = wait_until_equal(lambda api=api, user=user: api.feed(user), feed)
                    assert found == feed, f"feedctl@{number}: the feed of {user} differs: {difference(found, feed)}"
            self.say(f"{len(self.feeds)} home feeds are what they were, on both servers")
        checks.check_servers_agree(self.apis, self.people)
        checks.check_hot_feed(world, self.apis)
        self.say(checks.check_views_count_on(world, self.apis[0], self.people, self.seeded))
        self.say(self.visitors.check_restored())
        checks.wait_for_empty_streams(world)

    def go_on(self):
        """New writes, and every reader of the log gets each of their events once."""
        world = self.world
        newest = self.tables.newest_event
        living = [int(one) for one in world.sql("SELECT id FROM posts WHERE deleted_at IS NULL").split()]
        load = self.load(200, posts=living)
        amount = 200 if self.quick else 1000
        wait_until("new writes", lambda: load.errors or load.count() > amount)
        acks = load.stop()
        checks.check_new_posts_reach_followers(world, self.apis, self.people)
        self.settle()
        # A busy hour: the ids have passed those of the lost history.
        world.sql(f"DO $$ BEGIN WHILE pg_snapshot_xmax(pg_current_snapshot())::text::bigint < {self.lost_xid + 1000} "
                  "LOOP PERFORM pg_current_xact_id(); ROLLBACK; END LOOP; END $$")
        written = {int(one) for one in world.sql(f"SELECT id FROM events WHERE id > {newest}").split()}
        for name, position in self.positions.items():
            found = [one for one in self.tail_position(position)[1] if one > newest]
            assert len(found) == len(set(found)), f"the reader from {name} got events twice"
            assert set(found) == written, (f"the reader that was {name} the moment misses {len(written - set(found))} of "
                                           f"{len(written)} events")
        checks.Tables(world).compare(expected(acks, time.time()), (), None, acks)
        self.page.run(world, "verify")
        self.step("tokens")
        self.visitors.check_tokens_ended()
        self.say(f"{len(acks)} new writes are there, have reached their followers, and each of their {len(written)} "
                 "events came once to readers from before and after the moment; verify --all is clean")

    def lose_the_machine(self):
        """PostgreSQL, Redis and images are gone at once: what has reached the archive comes back."""
        world = self.world
        living = [int(one) for one in world.sql("SELECT id FROM posts WHERE deleted_at IS NULL").split()]
        load = self.load(300, posts=living)
        wait_until("more writes", lambda: load.errors or load.count() > 500)
        acks = load.stop()
        self.settle()
        self.step("media-backup")
        segment = world.sql("SELECT pg_walfile_name(pg_switch_wal())")
        wait_until("the WAL is in the archive", lambda: world.sql(
            f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver") == "t")
        position = self.tail_position("start")[0]
        late = [self.visitors.new_post("valid", "in the last second") for _ in range(20)]
        for name in (*world.UNITS, "postgresql", "redis-server"):
            world.stop(name, signal.SIGQUIT if name == "postgresql" else signal.SIGKILL)
        for folder in (world.data, world.folder / "media", world.folder / "redis"):
            shutil.rmtree(folder)
        for name in ("media", "redis"):
            world.make_folder(name, 0o700)
        world.start_redis()
        self.step("pgbackrest-restore-newest")
        tables = checks.Tables(world)
        figures = tables.compare(expected(acks, time.time()), (), None, acks)
        kept = len(set(late) & tables.posts)
        for name in ("ids-newest", "redis", "media-restore", "media-verify", "start"):
            self.step(name)
        for api in (*self.apis, self.visitors.api):
            api.close()
        for unit, port in world.ports.items():
            wait_until(f"{unit} is ready", lambda port=port: world.health(port) == 200)
        self.settle()
        self.step("verify")
        checks.check_new_posts_reach_followers(world, self.apis, self.people)
        newest = [one for one in self.tail_position(position)[1] if one > tables.newest_event]
        written = {int(one) for one in world.sql(f"SELECT id FROM events WHERE id > {tables.newest_event}").split()}
        assert len(newest) == len(written) and set(newest) == written, (len(newest), len(written))
        self.say(f"after the loss of the machine: {figures}, and {kept} of {len(late)} posts of the last second")


def wait_until_equal(read, wanted):
    deadline = time.monotonic() + 60
    while True:
        found = read()
        if found == wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def difference(found, wanted):
    lacks = [one for one in wanted if one not in found]
    excess = [one for one in found if one not in wanted]
    return f"{len(lacks)} lacking, such as {lacks[:2]}; {len(excess)} too many, such as {excess[:2]}"
