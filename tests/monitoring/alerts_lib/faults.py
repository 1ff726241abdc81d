"""The fault of each alert. Entering a fault breaks the world, leaving it mends what is still broken.

A fault names the alerts that it must fire. In between, the commands of the runbook are run; for most faults they
mend the world, and then leaving has nothing to do.
"""

import contextlib
import itertools
import os
import signal
import threading

from .processes import Process

SESSIONS = itertools.count(1)
ALL = []  # in the order in which they run


class Fault:
    def __init__(self, alerts, make, seconds, in_background, pages):
        self.alerts, self.make, self.seconds = alerts, make, seconds
        self.in_background = in_background
        self.pages = pages  # what may page meanwhile; None: not checked


def fault(*alerts, seconds=180, in_background=False, pages=None):
    def register(function):
        ALL.append(Fault(alerts, contextlib.contextmanager(function), seconds, in_background, pages))
        return function
    return register


@contextlib.contextmanager
def repeating(work):
    """Calls `work` in a thread until the end."""
    stopping = threading.Event()

    def loop():
        while not stopping.is_set():
            work(stopping)
    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(60)


@contextlib.contextmanager
def session(world, *statements):
    """A psql session that stays open: what an administrator forgot. The last statement lasts."""
    argv = ["psql", world.url("postgres"), "-v", "ON_ERROR_STOP=1", "-qAt"]
    for statement in statements:
        argv += ["-c", statement]
    application = f"forgotten-{next(SESSIONS)}"
    child = Process(application, argv, world.path("log", "psql.log"), env={"PGAPPNAME": application})
    child.start()
    try:
        yield child
    finally:
        child.stop(signal.SIGKILL)
        world.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{application}'")


@contextlib.contextmanager
def changed_settings(world, name, **env):
    """A process that was started with other settings."""
    process = world.processes.by_name[name]
    before = dict(process.env)
    process.env.update(env)
    world.restart(name)
    world.wait_ready(name)
    try:
        yield process
    finally:
        process.env = before
        world.restart(name)
        world.wait_ready(name)


def postgres_pids(world):
    """The postmaster and its backends."""
    parent = world.processes.by_name["postgresql"].child.pid
    pids = [parent]
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{name}/stat") as file:
                if int(file.read().rsplit(")", 1)[1].split()[1]) == parent:
                    pids.append(int(name))
    return pids


def freeze(world, number):
    for pid in postgres_pids(world):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

