"""Faults of workers, of derived data and of commands that cron starts."""

import os
import signal

from .faults import fault, repeating, session
from .world import require


@fault("FeedctlConsumerLag", seconds=400, pages={"FeedctlConsumerLag"})
def worker_stands_still(world, _):
    world.processes.by_name["work1"].signal(signal.SIGSTOP)
    yield
    world.processes.by_name["work1"].signal(signal.SIGCONT)


@fault("FeedctlEventLag", seconds=300)
def positions_locked(world, _):
    """Something locks the workers' positions again and again, for some seconds each time."""
    def hold(stopping):
        with session(world, "BEGIN", "LOCK TABLE consumers IN EXCLUSIVE MODE", "SELECT pg_sleep(7)") as locking:
            while locking.is_running() and not stopping.wait(0.1):
                pass
        stopping.wait(1)
    with repeating(hold):
        yield


@fault("FeedctlLogPartitions", "FeedctlMaintenanceFailing", seconds=300)
def partitions_dropped(world, _):
    """Partitions ahead were dropped, and the right to make new ones was taken away."""
    world.sql("REVOKE EXECUTE ON FUNCTION feedctl_make_event_parts(integer) FROM PUBLIC, feedctl_app")
    world.sql("""DO $$
      DECLARE p record;
      BEGIN
        FOR p IN SELECT part FROM feedctl_event_parts() WHERE from_at > now() LOOP
          EXECUTE 'DROP TABLE ' || p.part;
        END LOOP;
      END $$""")
    yield
    world.feedctl("migrate", "up")


@fault("FeedctlHotRecomputes")
def ranking_expires(world, _):
    """The cached ranking is deleted again and again, as by an eviction or a script."""
    def expire(stopping):
        world.redis("DEL", "hotfeed:feed:hot:1000")
        stopping.wait(0.05)
    def read(stopping):
        for name in ("serve1", "serve2"):
            world.request(name, "/v1/feed/hot?limit=20")
        stopping.wait(0.05)
    with repeating(expire), repeating(read):
        yield


@fault("FeedctlFeedDivergence", seconds=300)
def follows_deleted_by_hand(world, _):
    reader = world.people[0]["user_id"]
    before = world.sql(f"DELETE FROM follows WHERE follower_id = {reader} RETURNING followee_id")
    require(before, "the reader follows nobody")
    yield
    for name in ("serve1", "serve2"):  # they load what is there now
        world.restart(name)
        world.wait_ready(name)


@fault("FeedctlDrift")
def counter_changed_by_hand(world, _):
    world.sql("UPDATE post_likes SET like_count = like_count + 5")
    world.feedctl("verify", "--all", "--textfile", world.textfiles + "/verify.prom", check=False)
    yield
    world.feedctl("verify", "--all", "--repair", "--textfile", world.textfiles + "/verify.prom")


@fault("FeedctlJobFailed")
def media_folder_is_gone(world, _):
    folder = world.path("media")
    os.rename(folder, folder + ".away")
    with open(folder, "w"):
        pass
    world.feedctl("media", "gc", "--textfile", world.textfiles + "/media-gc.prom", check=False)
    yield
    if os.path.isfile(folder):
        os.remove(folder)
        os.rename(folder + ".away", folder)
    world.feedctl("media", "gc", "--textfile", world.textfiles + "/media-gc.prom")
