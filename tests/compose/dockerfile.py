"""Reads a Dockerfile and its .dockerignore: stages, each a list of instructions. Knows what configs/Dockerfile uses, and
ends with an error for anything else, so that no step is passed over in silence."""
import json
import os
import re
import shlex

KNOWN = {"FROM", "RUN", "COPY", "ENV", "ARG", "WORKDIR", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT",
         "CMD"}


class Instruction:
    def __init__(self, line, name, text):
        self.line = line
        self.name = name
        # Flags stand before the arguments: --mount=type=cache,target=/x
        self.flags = []
        while match := re.match(r"--([a-z-]+)=(\S+)\s+", text):
            self.flags.append((match[1], match[2]))
            text = text[match.end():]
        self.text = text

    def flag(self, name):
        return next((value for flag, value in self.flags if flag == name), None)

    def words(self):
        """The list of ["a", "b"], or of words as a shell would part them."""
        if self.text.startswith("["):
            return json.loads(self.text)
        return shlex.split(self.text)


class Stage:
    def __init__(self, image, name):
        self.image = image
        self.name = name
        self.steps = []

    def last(self, name):
        return next((step for step in reversed(self.steps) if step.name == name), None)


def read_instructions(path):
    instructions = []
    pending, first = "", 0
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.lstrip().startswith("#") or (not line.strip() and not pending):
                continue
            first = first if pending else number
            if line.endswith("\\"):
                pending += line[:-1] + " "
                continue
            name, _, text = (pending + line).strip().partition(" ")
            pending = ""
            if name not in KNOWN:
                raise SystemExit(f"{path}:{first}: {name} is not known to this reader")
            instructions.append(Instruction(first, name, text.strip()))
    return instructions


def read_stages(path):
    stages = []
    for instruction in read_instructions(path):
        if instruction.name == "FROM":
            words = instruction.text.split()
            stages.append(Stage(words[0], words[2] if len(words) == 3 else str(len(stages))))
        else:
            stages[-1].steps.append(instruction)
    return stages


def environment_of(text):
    return dict(pair.split("=", 1) for pair in shlex.split(text))


class Context:
    """The files that an engine would be sent: those below the root that .dockerignore leaves."""

    def __init__(self, root, ignore_file):
        self.root = root
        self.rules = []
        with open(ignore_file, encoding="utf-8") as file:
            for line in file:
                line = line.strip()
                if line and not line.startswith("#"):
                    self.rules.append((line.lstrip("!").strip("/"), line.startswith("!")))

    def has(self, path):
        """The last rule that matches the path or a folder above it decides."""
        kept = True
        parts = path.split("/")
        above = ["/".join(parts[:i]) for i in range(1, len(parts) + 1)]
        for pattern, keep in self.rules:
            expression = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
            if any(re.fullmatch(expression, folder) for folder in above):
                kept = keep
        return kept

    def files(self, source):
        """Files below `source`, as (path, path below source)."""
        source = source.rstrip("/")
        absolute = os.path.join(self.root, source)
        if os.path.isfile(absolute):
            return [(source, os.path.basename(source))] if self.has(source) else []
        found = []
        for folder, _, names in os.walk(absolute):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.root)
                if self.has(path) and not path.endswith(".pyc"):
                    found.append((path, os.path.relpath(path, source)))
        return sorted(found)
