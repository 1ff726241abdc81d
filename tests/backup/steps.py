"""The commands of docs/backup.md, as they stand there: a block that begins with ```sh step:NAME is run by bash."""
import os
import re
import subprocess
import textwrap


class Page:
    def __init__(self, path):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"^ *```\w+ step:([\w-]+)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
        self.blocks = {name: textwrap.dedent(block) for name, block in found}

    def block(self, name):
        if name not in self.blocks:
            raise KeyError(f"docs/backup.md has no step {name}; it has {', '.join(sorted(self.blocks))}")
        return self.blocks[name]

    def run(self, world, name, statuses=(0,), **variables):
        """-> what it wrote to standard output. The page's own notices of commands go to standard error."""
        command = ("set -x\n" if os.environ.get("DRILL_VERBOSE") else "") + "set -euo pipefail\n" + self.block(name)
        done = subprocess.run(["bash", "-c", command], env=dict(world.environment, **variables), cwd="/",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=1200, check=False)
        if os.environ.get("DRILL_VERBOSE"):
            print(f"-- {name}\n{command}\n{done.stdout}{done.stderr}", flush=True)
        if done.returncode not in statuses:
            raise RuntimeError(f"step {name} ended with {done.returncode}:\n{command}\n{done.stdout}{done.stderr}")
        return done.stdout
