"""Faults of processes, and of requests at large."""

import os
import signal
import socket
import subprocess
import time

from . import traffic
from .faults import changed_settings, fault, freeze, repeating, session
from .faults_slow import poisoned_worker
from .world import MAX_CONNECTIONS, require


@fault("FeedctlProcessDown")
def one_killed(world, _):
    world.processes.by_name["serve2"].stop(signal.SIGKILL)
    yield
    world.processes.by_name["serve2"].start()
    world.wait_ready("serve2")


@fault("FeedctlNotReady", pages={"FeedctlNotReady"})
def right_revoked(world, _):
    world.sql("REVOKE INSERT ON events FROM feedctl_app")
    yield
    world.sql("GRANT INSERT ON events TO feedctl_app")


@fault("FeedctlErrorRate", pages={"FeedctlErrorRate"})
def table_locked(world, _):
    """Maintenance without a lock time-out."""
    with session(world, "BEGIN", "LOCK TABLE post_likes IN ACCESS EXCLUSIVE MODE", "SELECT pg_sleep(3600)"):
        yield


@fault("FeedctlSlowRequests", "FeedctlDatabasePoolWait")
def disk_stalls(world, _):
    """PostgreSQL stands still for most of each second, as with a disk that stalls; one server has one connection."""
    def stall(stopping):
        freeze(world, signal.SIGSTOP)
        stopping.wait(0.75)
        freeze(world, signal.SIGCONT)
        stopping.wait(0.25)
    settings = {"FEEDCTL_DATABASE_POOL_SIZE": "1", "FEEDCTL_DATABASE_POOL_WAIT": "5s"}
    with changed_settings(world, "serve2", **settings), repeating(stall):
        yield


@fault("FeedctlOverload", pages={"FeedctlOverload"})
def too_few_threads(world, _):
    person = world.people[0]["user_id"]
    with changed_settings(world, "serve2", FEEDCTL_SERVER_THREADS="2", FEEDCTL_SERVER_QUEUE="16"), \
            traffic.Flood(world, "serve2", f"/v1/users/{person}/followers"):
        yield


@fault("FeedctlDatabaseConnections")
def connections_left_open(world, _):
    in_use = int(world.sql("SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL"))
    open_sessions = [subprocess.Popen(["psql", world.url("postgres"), "-qAtc", "SELECT pg_sleep(3600)"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      env={**os.environ, "PGAPPNAME": "report"}) for _ in range(MAX_CONNECTIONS - 10 - in_use)]
    try:
        yield
    finally:
        for child in open_sessions:
            child.kill()
            child.wait(30)
        world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'report'")


@fault("FeedctlRestarting")
def killed_again_and_again(world, _):
    """As by the kernel for want of memory; systemd starts it again each time."""
    work = world.processes.by_name["work1"]
    for _ in range(4):
        work.stop(signal.SIGKILL)
        time.sleep(2)
        work.start()
        world.wait_ready("work1")
        time.sleep(2)
    yield


@fault("FeedctlDeadLetters", seconds=300)
def poison(world, _):
    with poisoned_worker(world) as deaths:
        require(deaths >= 3, f"the worker died {deaths} times")
        yield


@fault("FeedctlConnectionsFull")
def idle_clients(world, _):
    process = world.processes.by_name["serve2"]
    before = list(process.prefix)
    process.prefix += ["prlimit", "--nofile=256:256"]
    clients = []
    try:
        world.restart("serve2")
        world.wait_ready("serve2")
        for _ in range(84):  # with 256 files serve accepts 96; beyond that Prometheus would not get through either
            client = socket.create_connection(("127.0.0.1", world.ports["serve2"]), timeout=10)
            client.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            clients.append(client)
            time.sleep(0.01)
        yield
    finally:
        for client in clients:
            client.close()
        process.prefix = before
        world.restart("serve2")
        world.wait_ready("serve2")


@fault("FeedctlLogLinesDropped", seconds=300)
def log_reader_stops(world, _):
    """The log goes into a pipe that nobody reads."""
    process = world.processes.by_name["serve2"]
    reader, writer = os.pipe()
    try:
        process.stdout = writer
        world.restart("serve2")
        world.wait_ready("serve2")
        with traffic.Flood(world, "serve2", "/v1/feed/hot?limit=1", count=16):
            yield
    finally:
        os.close(reader)
        process.stdout = None
        world.restart("serve2")
        world.wait_ready("serve2")
        os.close(writer)


@fault("FeedctlReloadRefused")
def bad_configuration(world, _):
    world.write_config("nonsense: true\n")
    world.processes.by_name["serve1"].signal(signal.SIGHUP)
    yield
    world.write_config()
    world.processes.by_name["serve1"].signal(signal.SIGHUP)


@fault("FeedctlRevocationsStale", pages={"FeedctlRevocationsStale"})
def revocations_locked(world, _):
    with session(world, "BEGIN", "LOCK TABLE revocations IN ACCESS EXCLUSIVE MODE", "SELECT pg_sleep(3600)"):
        yield
