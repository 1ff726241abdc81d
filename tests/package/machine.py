"""A Debian that runs inside systemd-nspawn, with systemd as its first process.

It needs no machined: commands enter the namespaces of the machine's first process by nsenter. The machine has no
network but its own loopback. It ends with the program that started it, even if that is killed.
"""
import ctypes
import os
import pathlib
import signal
import subprocess
import time

ENVIRONMENT = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
               "DEBIAN_FRONTEND=noninteractive"]
PR_SET_PDEATHSIG = 1


class MachineError(Exception):
    pass


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Machine:
    def __init__(self, root, log, read_only_binds=()):
        self.root = pathlib.Path(root)
        self.log = pathlib.Path(log)
        self.read_only_binds = read_only_binds
        self.nspawn = None
        self.leader = None

    def start(self, timeout=180):
        command = ["systemd-nspawn", "--boot", "--quiet", f"--directory={self.root}", "--register=no", "--keep-unit",
                   "--private-network", "--console=pipe", f"--machine=feedctl-{os.getpid()}", "--link-journal=no",
                   # dpkg waits for the disk after each file; nobody needs these files after a power failure.
                   "--suppress-sync=yes"]
        command += [f"--bind-ro={outside}:{inside}" for outside, inside in self.read_only_binds]
        with open(self.log, "wb") as log:
            self.nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           start_new_session=True, preexec_fn=end_with_parent)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.nspawn.poll() is not None:
                raise MachineError(f"systemd-nspawn ended with {self.nspawn.returncode}: {self.console()}")
            self.leader = self.leader or self.find_leader()
            if self.leader:
                state = self.run(["systemctl", "is-system-running"], check=False, timeout=20).stdout.strip()
                if state in ("running", "degraded"):
                    return state
            time.sleep(0.2)
        raise MachineError(f"the machine did not start within {timeout} s: {self.console()}")

    def find_leader(self):
        """The machine's first process: the child of systemd-nspawn that is process 1 in its own namespace."""
        try:
            children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
            for child in children:
                for line in pathlib.Path(f"/proc/{child}/status").read_text().splitlines():
                    if line.startswith("NSpid:") and line.split()[1:][-1] == "1" and len(line.split()) > 2:
                        return int(child)
        except FileNotFoundError:
            pass
        return None

    def console(self):
        return self.log.read_text(errors="replace")[-2000:].strip() or "(nothing on its console)"

    def command(self, arguments):
        return ["nsenter", "--target", str(self.leader), "--all", "env", "--ignore-environment", *ENVIRONMENT,
                *arguments]

    def run(self, arguments, check=True, timeout=120, input=None):
        """Runs a command inside as root, in /root. The output has standard error within it."""
        try:
            result = subprocess.run(self.command(["sh", "-c", 'cd; exec "$@"', "sh", *arguments]), text=True,
                                    input=input if input is not None else "", stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, timeout=timeout, errors="replace",
                                    start_new_session=True)
        except subprocess.TimeoutExpired as error:
            raise MachineError(f"{' '.join(arguments)[:200]}: no end within {timeout} s") from error
        if check and result.returncode != 0:
            raise MachineError(f"{' '.join(arguments)[:200]}: exit code {result.returncode}\n{result.stdout[-3000:]}")
        return result

    def shell(self, script, **options):
        return self.run(["bash", "-euo", "pipefail", "-c", script], **options).stdout

    def stop(self):
        if self.nspawn is None or self.nspawn.poll() is not None:
            return
        # The first signal asks for an orderly end, the second for an immediate one.
        for send, patience in ((self.nspawn.terminate, 60), (self.nspawn.terminate, 15), (self.nspawn.kill, 15)):
            send()
            try:
                self.nspawn.wait(patience)
                return
            except subprocess.TimeoutExpired:
                pass
