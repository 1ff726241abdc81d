"""piuparts: installs, upgrades and purges the package in a chroot and compares the files before and after."""
import re
import shutil
import subprocess

import debian_root

LIMIT_S = 900


def missing():
    return None if shutil.which("piuparts") else "piuparts is not installed: apt-get install piuparts"


def run(folder, work, deb, before):
    """The chroot has both versions' repository, so that piuparts also upgrades from the version before."""
    archive = work / "archive"
    archive.mkdir()
    shutil.copy(before, archive / f"feedctl_{debian_root.field(before, 'Version')}_amd64.deb")
    debian_root.index(archive)
    root = work / "piuparts-root"
    debian_root.extract(folder / "root.tar", root)
    repositories = [folder / "repository", archive]
    (root / "etc/apt/sources.list").write_text("".join(f"deb [trusted=yes] file:{path} ./\n" for path in repositories))
    temporary = work / "piuparts"
    temporary.mkdir()
    # The mounts and processes of piuparts live in namespaces that end with it.
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "piuparts",
               f"--existing-chroot={root}", "--keep-sources-list", "--no-eatmydata", "--do-not-verify-signatures",
               f"--distribution={debian_root.codename()}", *(f"--bindmount={path}" for path in repositories),
               f"--tmpdir={temporary}", f"--log-file={work / 'piuparts.log'}", str(deb)]
    with open(work / "piuparts.out", "wb") as output:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=LIMIT_S)
    text = (work / "piuparts.out").read_text(errors="replace")
    if result.returncode != 0:
        errors = "\n".join(re.findall(r"^.*ERROR:.*(?:\n  .*)*", text, re.MULTILINE))
        raise ValueError(f"piuparts ended with {result.returncode}:\n{errors or text[-3000:]}")
    tried = re.findall(r"PASS: (.+)", text)
    if not tried:
        raise ValueError(f"piuparts tried nothing:\n{text[-2000:]}")
    return "; ".join(tried)
