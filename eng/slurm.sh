#!/usr/bin/env bash
# Slurm, of which the tests start two nodes on this machine. On Debian as root this installs it, and prints "slurm"; elsewhere it prints nothing
# unless Slurm is there already, and the tests that need it are skipped with the reason.
# With libpmix-dev: Slurm's plugin for Open MPI loads libpmix.so, without a number, which no other package has.
set -euo pipefail

. /etc/os-release 2>/dev/null || true
there() {
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v sbatch >/dev/null && command -v munged >/dev/null \
        && { [ "${ID:-}" != debian ] || dpkg -s libpmix-dev >/dev/null 2>&1; }
}
if ! there && [ "${ID:-}" = debian ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    install() { DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends slurmctld slurmd slurm-client munge libpmix-dev; }
    { install || { apt-get -q update && install; }; } >/dev/null 2>&1 || true
fi
# munged and the nodes' daemons run as root.
if there && [ "$(id -u)" = 0 ]; then echo slurm; fi
