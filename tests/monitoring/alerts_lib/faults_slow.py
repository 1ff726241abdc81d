"""Faults that last for minutes before their alert fires. They run beside the faults of faults_service.py and
faults_data.py, which do not disturb them."""

import contextlib
import json

from .faults import fault, session
from .processes import wait_until
from .world import require


@contextlib.contextmanager
def poisoned_worker(world):
    """A new post whose event kills the worker, until the workers have given it up. Gives the number of deaths."""
    work = world.processes.by_name["work1"]
    work.stop()
    token = world.feedctl("users", "token", "--sample", "1", "-o", "jsonl").stdout
    status, text = world.request("serve1", "/v1/posts", "POST", {"text": "poison"}, json.loads(token)["token"])
    require(status == 201, f"a post was answered {status}")
    post = json.loads(text)["id"]
    before = dict(work.env)
    work.env["FEEDCTL_FAILPOINT"] = f"work.event[{post}]=kill"
    deaths = 0

    def is_given_up():
        nonlocal deaths
        if not work.is_running():
            deaths += 1
            work.start()
        return world.sql(f"SELECT count(*) FROM dead_events WHERE payload ->> 'object' = '{post}'") == "1"
    work.start()
    try:
        wait_until("the event becomes a dead letter", 240, is_given_up, pause=1.5)
        work.env = before  # the repaired program is installed, and runs from the next restart on
        yield deaths
    finally:
        work.env = before
        world.restart("work1")
        world.wait_ready("work1")


@fault("FeedctlViewsFlushStale", seconds=700, in_background=True)
def flush_stopped(world, _):
    world.processes.by_name["flush-views"].stop()
    yield
    world.processes.by_name["flush-views"].start()


@fault("FeedctlLongTransaction", "FeedctlJobsStuck", seconds=800, in_background=True)
def job_row_locked(world, _):
    """A forgotten transaction holds the row of a job, which every worker then skips."""
    work = world.processes.by_name["work1"]
    with poisoned_worker(world):
        pass
    work.stop()
    for dead in world.feedctl("dlq", "list", "-o", "jsonl").stdout.splitlines():
        world.feedctl("dlq", "retry", str(json.loads(dead)["id"]))
    with session(world, "BEGIN", "SELECT id FROM jobs FOR UPDATE", "SELECT pg_sleep(3600)") as locking:
        locked = (f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{locking.name}'"
                  " AND query LIKE '%pg_sleep%'")
        wait_until("the lock on the job", 30, lambda: world.sql(locked) == "1")
        work.start()
        yield
