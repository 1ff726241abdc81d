"""Faults that last for minutes before their alert fires. They run beside others, which they do not disturb."""

import json
import signal
import time

from . import traffic
from .faults import fault, lock, session
from .processes import wait_until


@fault("FeedctlViewsFlushStale", seconds=600, in_background=True)
def flush_stopped(world, _):
    world.processes.by_name["flush-views"].stop()
    yield
    world.processes.by_name["flush-views"].start()


@fault("FeedctlLongTransaction", "FeedctlJobsStuck", seconds=700, in_background=True)
def job_row_locked(world, _):
    """A forgotten transaction holds the row of a job, which every worker then skips."""
    work = world.processes.by_name["work1"]
    work.stop()
    leaver = json.loads(world.feedctl("users", "token", "--handle", "leaver", "--create", "-o", "json").stdout)
    account = json.loads(world.feedctl("users", "show", "--handle", "leaver", "-o", "json").stdout)
    del account
    work.start()
    with session(world, "BEGIN; SELECT id FROM jobs FOR UPDATE; SELECT pg_sleep(3600)"):
        yield leaver
