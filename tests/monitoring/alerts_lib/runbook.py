"""docs/runbook.md: its entries, and how their commands are run against a broken world.

An entry is `## AlertName`. The code blocks (```sh) below its **Where to look** and **What to do** are run as they
stand. A command ends with 0, or with what its line says: `# exit code 3`. `systemctl` and `journalctl` are those
of this test, since the world's processes are no units.
"""

import os
import re
import socket
import stat
import subprocess
import time

from .processes import Failure

PAGE = "docs/runbook.md"
UNITS = {
    "feedctl@1": "serve1", "feedctl@2": "serve2", "feedctl-work@1": "work1",
    "feedctl-flush-views-daemon": "flush-views", "postgresql": "postgresql", "redis-server": "redis-server",
}

SYSTEMCTL = """#!/usr/bin/env python3
import socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.connect({path!r})
    s.sendall(" ".join(sys.argv[1:]).encode())
    s.shutdown(socket.SHUT_WR)
    answer = s.makefile().read()
code, text = answer.split("\\n", 1)
sys.stdout.write(text)
sys.exit(int(code))
"""

JOURNALCTL = """#!/usr/bin/env python3
import sys
units, logs = {units!r}, {folder!r}
words = sys.argv[1:]
count = int(words[words.index("-n") + 1]) if "-n" in words else 20
for unit in (words[i + 1] for i, word in enumerate(words) if word == "-u"):
    with open(f"{{logs}}/{{units[unit]}}.log", errors="replace") as log:
        lines = [line for line in log if "-p" not in words or '"level":"warning"' in line or '"level":"error"' in line]
        sys.stdout.writelines(lines[-count:])
"""

PRELUDE = """set -u
feedctl_check() {
  [ "$2" -eq "$1" ] && return
  echo "runbook: exit code $2 instead of $1: $3" >&2
  exit 99
}
"""


def entries(repository):
    """{heading: text} of each second-level heading."""
    with open(os.path.join(repository, PAGE)) as file:
        parts = re.split(r"^## +(.+)$", file.read(), flags=re.MULTILINE)
    return dict(zip((heading.strip() for heading in parts[1::2]), parts[2::2]))


def section(text, title):
    """What stands below a bold title, up to the next one."""
    found = re.search(rf"^\*\*{title}\.\*\*(.*?)(?=^\*\*|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def code_blocks(text):
    return re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


def to_script(block):
    """The block with a check of each command's exit code."""
    lines, command = [PRELUDE], ""
    for line in block.splitlines():
        line = line.strip()
        command += line
        if not command or command.startswith("#"):
            command = ""
            continue
        if command.endswith("\\"):
            command = command[:-1]
            continue
        expected = re.search(r"# exit code (\d+)$", command)
        shown = "'" + command.replace("'", "'\\''") + "'"
        lines.append(f"{command}\nfeedctl_check {expected[1] if expected else 0} $? {shown}\n")
        command = ""
    return "".join(lines)


class Runner:
    """Runs blocks, and does in this thread what their systemctl asks for: a child that another thread starts
    would end with that thread."""

    def __init__(self, world, record=None):
        self.world, self.record = world, record
        self.commands = 0
        path = world.path("systemctl.socket")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        self.listener.settimeout(0.1)
        self.install("systemctl", SYSTEMCTL.format(path=path))
        self.install("journalctl", JOURNALCTL.format(units=UNITS, folder=world.path("log")))

    def install(self, name, text):
        path = self.world.path("bin", name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def run_section(self, alert, text, title):
        for block in code_blocks(section(text, title)):
            self.run_block(alert, block)

    def run_block(self, alert, block, seconds=300):
        script = to_script(block)
        self.commands += script.count("\nfeedctl_check ")
        with open(self.world.path("block.out"), "w+") as out:
            child = subprocess.Popen(["bash", "-c", script], env={**os.environ, **self.world.env}, stdout=out,
                                     stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                                     cwd=self.world.folder)
            end = time.monotonic() + seconds
            while child.poll() is None:
                self.serve_systemctl()
                if time.monotonic() > end:
                    os.killpg(child.pid, 9)
                    child.wait()
            out.seek(0)
            output = out.read()
        if self.record:
            with open(self.record, "a") as file:
                file.write(f"### {alert}\n{block}---\n{output}\n")
        if child.returncode != 0:
            raise Failure(f"runbook entry {alert} ended with {child.returncode}:\n{block}\n{output}")

    def serve_systemctl(self):
        try:
            connection, _ = self.listener.accept()
        except socket.timeout:
            return
        with connection:
            connection.settimeout(10)
            words = connection.makefile().read().split()
            code, text = self.systemctl(words[0], words[1:])
            connection.sendall(f"{code}\n{text}".encode())

    def systemctl(self, verb, units):
        code, text = 0, ""
        for unit in (unit for unit in units if not unit.startswith("-")):
            process = self.world.processes.by_name.get(UNITS.get(unit, ""))
            if process is None:
                return 4, f"Unit {unit}.service could not be found.\n"
            if verb == "is-active":
                text += "active\n" if process.is_running() else "inactive\n"
                code = max(code, 0 if process.is_running() else 3)
            elif verb == "reload":
                process.signal(1)
            elif verb in ("stop", "start", "restart"):
                if verb != "start":
                    process.stop()
                if verb != "stop":
                    process.start()
            else:
                return 1, f"Unknown command verb {verb}.\n"
        return code, text

    def close(self):
        self.listener.close()
