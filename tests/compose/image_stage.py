"""Runs the steps of one stage of a Dockerfile in a folder that holds a bare Debian."""
import hashlib
import os
import shutil
import subprocess
import sys

from dockerfile import environment_of

DEBIAN = {"debian:12-slim": "bookworm"}
STEP_TIMEOUT = 4 * 3600


def say(text):
    print(text, flush=True)


def fail(text):
    print(f"image: {text}", file=sys.stderr, flush=True)
    sys.exit(1)


def run(command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)


def unpack(archive, folder):
    os.makedirs(folder)
    run(["tar", "-xpf", archive, "-C", folder, "--numeric-owner"])


def pack(folder, archive):
    run(["tar", "-cpf", archive + ".new", "-C", folder, "--numeric-owner", "--one-file-system", "."])
    os.rename(archive + ".new", archive)


def base_archive(image, cache):
    suite = DEBIAN.get(image) or fail(f"no way is known to make {image}")
    archive = os.path.join(cache, f"{suite}.tar")
    if not os.path.exists(archive):
        say(f"== making a bare {suite}")
        run(["mmdebstrap", "--quiet", "--variant=minbase", suite, archive + ".new.tar"], timeout=1800)
        os.rename(archive + ".new.tar", archive)
    return archive


class StageRun:
    def __init__(self, stage, root, context, cache, others):
        self.stage = stage
        self.root = root
        self.context = context
        self.cache = cache
        self.others = others  # roots of the stages before, by name
        self.env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.args = {}
        self.workdir = "/"
        self.user = "0:0"

    def run(self):
        keys = self.layer_keys()
        begin = self.restore(keys)
        for number, step in enumerate(self.stage.steps):
            self.settings(step)
            if number < begin:
                continue
            if step.name == "COPY":
                say(f"   COPY {step.text}")
                self.copy(step)
            elif step.name == "RUN":
                say(f"   RUN {step.text[:110]}")
                self.shell(step)
                if not step.flag("mount"):
                    pack(self.root, self.layer(keys[number]))

    # A step's key names it, all before it, and the content of the files that they copy.
    def layer_keys(self):
        key = hashlib.sha256(self.stage.image.encode())
        keys = []
        for step in self.stage.steps:
            key.update(f"{step.name} {step.flags} {step.text}".encode())
            if step.name == "COPY" and not step.flag("from"):
                for source in step.words()[:-1]:
                    for path, _ in self.context.files(source):
                        key.update(path.encode())
                        with open(os.path.join(self.context.root, path), "rb") as file:
                            key.update(file.read())
            keys.append(key.hexdigest()[:20])
        return keys

    def layer(self, key):
        return os.path.join(self.cache, f"layer-{key}.tar")

    def restore(self, keys):
        shutil.rmtree(self.root, ignore_errors=True)
        # What comes from another stage is not part of the keys, so nothing behind it is taken from the cache.
        fixed = next((i for i, step in enumerate(self.stage.steps) if step.flag("from")), len(keys))
        for number in reversed(range(fixed)):
            if self.stage.steps[number].name == "RUN" and os.path.exists(self.layer(keys[number])):
                say(f"   steps 1 to {number + 1} come from the cache of an earlier run")
                unpack(self.layer(keys[number]), self.root)
                return number + 1
        unpack(base_archive(self.stage.image, self.cache), self.root)
        return 0

    def settings(self, step):
        if step.name == "ENV":
            self.env.update(environment_of(step.text))
        elif step.name == "ARG":
            name, _, value = step.text.partition("=")
            self.args[name] = os.environ.get(name, value.strip('"'))
        elif step.name == "WORKDIR":
            self.workdir = step.text
            os.makedirs(self.root + self.workdir, exist_ok=True)
        elif step.name == "USER":
            self.user = step.text

    def copy(self, step):
        *sources, target = step.words()
        target = os.path.join(self.workdir, target)
        for source in sources:
            if origin := step.flag("from"):
                found = [(self.others[origin] + source, os.path.basename(source))]
            else:
                found = [(os.path.join(self.context.root, path), below) for path, below in self.context.files(source)]
            if not found:
                fail(f"Dockerfile, line {step.line}: {source} is not in the build's context")
            is_file = len(found) == 1 and os.path.basename(source) == found[0][1]
            for path, below in found:
                into_folder = target.endswith("/") or not is_file
                self.copy_file(path, self.root + os.path.join(target, below if into_folder else ""), step)

    def copy_file(self, path, target, step):
        target = target.rstrip("/")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)
        os.chown(target, 0, 0, follow_symlinks=False)
        if mode := step.flag("chmod"):
            os.chmod(target, int(mode, 8))

    def shell(self, step):
        mounts = []
        for flag, value in step.flags:
            options = dict(pair.split("=", 1) for pair in value.split(","))
            if flag != "mount" or options.get("type") != "cache":
                fail(f"Dockerfile, line {step.line}: --{flag}={value} is not known")
            mounts.append((self.cache_folder(options["target"]), options["target"]))
        # As an engine does, the step gets the host's name servers, a /proc and few devices.
        shutil.copy("/etc/resolv.conf", self.root + "/etc/resolv.conf")
        script = ["set -e", "mount --make-rprivate /", 'mount -t proc proc "$1/proc"', 'mount --bind /dev "$1/dev"']
        for folder, target in mounts:
            os.makedirs(self.root + target, exist_ok=True)
            script.append(f"mount --bind '{folder}' \"$1{target}\"")
        script.append(f'exec chroot --userspec={self.user} "$1" /bin/sh -c "cd {self.workdir} && $2"')
        names = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
        env = {**{name: os.environ[name] for name in names if name in os.environ}, **self.args, **self.env,
               "HOME": "/root"}
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", "\n".join(script), "step",
                   self.root, step.text]
        try:
            run(command, env=env, timeout=STEP_TIMEOUT)
        except subprocess.CalledProcessError as error:
            fail(f"Dockerfile, line {step.line}: RUN ended with {error.returncode}")
        finally:
            os.remove(self.root + "/etc/resolv.conf")

    def cache_folder(self, target):
        """Cache mounts are the same folders that builds outside of the image use."""
        folder = os.path.join(self.cache, "mount" + target.replace("/", "-"))
        if target.endswith("/ccache") and shutil.which("ccache"):
            found = subprocess.run(["ccache", "--get-config", "cache_dir"], capture_output=True, text=True, check=False)
            folder = found.stdout.strip() or folder
        elif target.endswith("/build/npm"):
            folder = os.path.join(self.context.root, "build/npm")
        os.makedirs(folder, exist_ok=True)
        return folder
