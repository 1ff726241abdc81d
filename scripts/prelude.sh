# shellcheck shell=bash
# Sourced by the scripts beside it: strict mode, the repository's root as working folder, and what
# they share.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

# A cron job or a container may have no HOME, which ccache wants.
if [ -z "${HOME:-}" ]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6) || HOME=
  export HOME=${HOME:-/}
fi
[ -w "$HOME" ] || export CCACHE_DIR=${CCACHE_DIR:-$PWD/build/ccache}

say() { echo "== $*" >&2; }

# Compilers that may run at once: one a core, and a gigabyte for each.
build_jobs() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable/ { print int($2 / 1000000) }' /proc/meminfo)
  [ "$gigabytes" -ge 1 ] || gigabytes=1
  echo $((cores < gigabytes ? cores : gigabytes))
}
