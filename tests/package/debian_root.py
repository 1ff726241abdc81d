"""The Debian that the package is tried on: a minimal root, and a repository of what is installed there.

Both come from the package sources of this machine and are kept in a folder, so that later runs need no network.
"""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

# A Debian as its installer leaves it has these, and more.
BASE = ["systemd-sysv", "dbus", "procps", "iproute2"]
INSTALLED_BY_GUIDE = ["postgresql", "redis-server", "nginx-light", "curl", "ca-certificates"]
# Removes what piuparts finds changed otherwise.
FOR_PIUPARTS = ["adduser"]


class RootError(Exception):
    pass


def codename():
    values = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', pathlib.Path("/etc/os-release").read_text(), re.MULTILINE))
    return values.get("VERSION_CODENAME", "") if values.get("ID") == "debian" else ""


def package_sources(release):
    """Lines for sources.list: those of this machine's sources that are of its own Debian release."""
    suites = {release, f"{release}-updates", f"{release}-security"}
    lines = []
    folder = pathlib.Path("/etc/apt/sources.list.d")
    for file in [pathlib.Path("/etc/apt/sources.list"), *sorted(folder.glob("*.list"))]:
        for line in file.read_text().splitlines() if file.exists() else []:
            match = re.match(r"deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)", line.strip())
            if match and match[3] in suites and "main" in match[4].split():
                lines.append(f"deb {match[1] or ''}{match[2]} {match[3]} main")
    for file in sorted(folder.glob("*.sources")):
        for paragraph in re.split(r"\n\s*\n", file.read_text()):
            fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", paragraph, re.MULTILINE))
            signed = fields.get("Signed-By", "").strip()
            options = f"[signed-by={signed}] " if signed.startswith("/") else ""
            for suite in fields.get("Suites", "").split():
                if suite in suites and "main" in fields.get("Components", "").split():
                    lines += [f"deb {options}{uri} {suite} main" for uri in fields.get("URIs", "").split()]
    return list(dict.fromkeys(lines))


def field(deb, name):
    return subprocess.run(["dpkg-deb", "--field", deb, name], capture_output=True, text=True, check=True).stdout.strip()


def prepare(cache, deb):
    """Makes root.tar and the folder repository in a folder of `cache`, unless they are there. Returns that folder."""
    release = codename()
    if not release:
        raise RootError("this machine is no Debian: the binary fits no Debian root")
    sources = package_sources(release)
    if not sources:
        raise RootError("no package source of this machine is of its Debian release")
    wanted = [*INSTALLED_BY_GUIDE, *FOR_PIUPARTS]
    needs = [field(deb, name) for name in ("Pre-Depends", "Depends", "Recommends")]
    key = hashlib.sha256("\n".join([release, *BASE, *wanted, *needs]).encode()).hexdigest()[:16]
    folder = pathlib.Path(cache) / f"{release}-{key}"
    if (folder / "complete").exists():
        return folder
    for old in [folder, *pathlib.Path(cache).glob(f"{release}-*")]:
        shutil.rmtree(old, ignore_errors=True)
    repository = folder / "repository"
    repository.mkdir(parents=True)
    (folder / "sources.list").write_text("\n".join(sources) + "\n")
    shutil.copy(deb, folder / "feedctl.deb")
    # apt outside the root takes the network as this machine has it; it only fetches.
    fetch = (f'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -qq install --yes --download-only '
             f'{" ".join(wanted)} "{folder}/feedctl.deb"')
    take = f'find "$1/var/cache/apt/archives" -name "*.deb" ! -name "feedctl_*" -exec mv -t "{repository}" {{}} +'
    only_local = 'echo "deb [trusted=yes] file:/srv/debian ./" > "$1/etc/apt/sources.list"; mkdir -p "$1/srv/debian"'
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(BASE)}",
               f"--customize-hook={fetch}", f"--customize-hook={take}", f"--customize-hook={only_local}",
               release, str(folder / "root.tar"), str(folder / "sources.list")]
    with open(folder / "mmdebstrap.log", "w") as log:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, timeout=1200)
    if result.returncode != 0:
        tail = (folder / "mmdebstrap.log").read_text(errors="replace")[-1500:]
        raise RootError(f"mmdebstrap ended with {result.returncode}:\n{tail}")
    index(repository)
    (folder / "feedctl.deb").unlink()
    (folder / "complete").touch()
    return folder


def index(repository):
    with open(repository / "Packages", "wb") as packages:
        subprocess.run(["dpkg-scanpackages", "--multiversion", "."], cwd=repository, stdout=packages,
                       stderr=subprocess.DEVNULL, check=True, timeout=120)


def extract(tar, root):
    root.mkdir(parents=True)
    subprocess.run(["tar", "--extract", "--same-permissions", "--numeric-owner", "--xattrs", f"--file={tar}",
                    f"--directory={root}"], check=True, timeout=300)
    os.chmod(root, 0o755)


def with_version(deb, version, target):
    """The same package under another version, with a line less in its configuration file."""
    work = target.parent / (target.name + ".content")
    subprocess.run(["dpkg-deb", "--raw-extract", deb, work], check=True, timeout=120)
    replace(work / "DEBIAN/control", r"^Version: .*$", f"Version: {version}")
    configuration = work / "etc/feedctl/feedctl.yaml"
    replace(configuration, r"\A.*\n", "")
    sums = work / "DEBIAN/md5sums"
    if sums.exists():
        digest = hashlib.md5(configuration.read_bytes()).hexdigest()
        replace(sums, r"^\w+(?=  etc/feedctl/feedctl\.yaml$)", digest)
    subprocess.run(["dpkg-deb", "-Znone", "--build", work, target], check=True, timeout=120,
                   stdout=subprocess.DEVNULL)
    shutil.rmtree(work)


def replace(file, pattern, text):
    file.write_text(re.sub(pattern, text, file.read_text(), count=1, flags=re.MULTILINE))
