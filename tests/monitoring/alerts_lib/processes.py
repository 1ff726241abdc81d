"""Processes that a test starts: each in a group of its own, ended by its id, also when the test fails."""

import os
import shutil
import signal
import socket
import subprocess
import time


class Failure(Exception):
    """What the test expected did not happen."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(what, seconds, is_true, pause=0.2):
    """Returns the first true result. Every wait of these tests is bounded by this one."""
    end = time.monotonic() + seconds
    while True:
        result = is_true()
        if result:
            return result
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(pause)


class Process:
    """A daemon with a log file, which can be stopped, frozen and started again with the same arguments."""

    def __init__(self, name, argv, log, env=None, account=None, stop_signal=signal.SIGTERM, preamble=()):
        self.name, self.argv, self.log, self.env = name, list(argv), log, dict(env or {})
        self.stop_signal = stop_signal
        # The parent's death ends it too, whatever ended the parent.
        self.prefix = ["setpriv", "--pdeathsig", "KILL"]
        if account and os.geteuid() == 0:
            self.prefix += ["--reuid", account, "--regid", account, "--init-groups"]
        self.prefix += list(preamble)
        self.child = None
        self.stdout = None  # None: the log file

    def start(self):
        if self.is_running():
            return
        environment = {**os.environ, **self.env}
        with open(self.log, "ab") as log:
            out = self.stdout or log
            self.child = subprocess.Popen(self.prefix + self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env=environment, start_new_session=True, cwd="/")

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        if self.is_running():
            self.child.send_signal(number)

    def stop(self, number=None, patience=30):
        if not self.is_running():
            return
        self.child.send_signal(signal.SIGCONT)
        self.child.send_signal(number or self.stop_signal)
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait(30)

    def tail(self, lines=15):
        try:
            with open(self.log, errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except FileNotFoundError:
            return ""


class Processes:
    def __init__(self):
        self.by_name = {}

    def add(self, process):
        self.by_name[process.name] = process
        return process

    def stop_all(self):
        for process in reversed(list(self.by_name.values())):
            process.stop(patience=20)


def run(argv, env=None, account=None, seconds=120, check=True):
    prefix = []
    if account and os.geteuid() == 0:
        prefix = ["setpriv", "--reuid", account, "--regid", account, "--init-groups"]
    done = subprocess.run(prefix + list(argv), env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=seconds, cwd="/")
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(map(str, argv))} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def missing_programs(names):
    return [name for name in names if shutil.which(name) is None]
