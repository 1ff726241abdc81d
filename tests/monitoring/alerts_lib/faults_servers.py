"""Faults of PostgreSQL and Redis, and of everything. They end what runs in the background before."""

import signal

from .faults import fault


def restart_redis(world):
    world.processes.by_name["redis-server"].start()


@fault("FeedctlRedisMemory")
def redis_is_full(world, _):
    used = int(next(line for line in world.redis("INFO", "memory").splitlines()
                    if line.startswith("used_memory:")).split(":")[1])
    world.redis("CONFIG", "SET", "maxmemory", str(int(used * 1.04)))
    yield
    world.redis("CONFIG", "SET", "maxmemory", "0")


@fault("FeedctlViewsRollback", seconds=300)
def redis_is_emptied(world, _):
    world.redis("FLUSHALL")
    yield


@fault("FeedctlDependencyDegraded")
def redis_is_away(world, _):
    world.processes.by_name["redis-server"].stop()
    yield
    restart_redis(world)


@fault("FeedctlViewsUncounted")
def nobody_takes_views(world, _):
    world.sql("REVOKE INSERT ON post_view_seen FROM feedctl_app")
    world.processes.by_name["redis-server"].stop()
    yield
    restart_redis(world)
    world.sql("GRANT INSERT ON post_view_seen TO feedctl_app")


@fault("FeedctlDatabaseDown", pages={"FeedctlDatabaseDown"})
def postgres_is_stopped(world, _):
    world.processes.by_name["postgresql"].stop(signal.SIGQUIT)
    yield
    world.processes.by_name["postgresql"].start()
    world.wait_for_postgres()


@fault("FeedctlDown", pages={"FeedctlDown"})
def all_killed(world, _):
    for name in ("serve1", "serve2"):
        world.processes.by_name[name].stop(signal.SIGKILL)
    yield
    for name in ("serve1", "serve2"):
        world.processes.by_name[name].start()
        world.wait_ready(name)
