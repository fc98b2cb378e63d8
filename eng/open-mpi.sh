#!/usr/bin/env bash
# Open MPI, for the tests that run several processes. As root on Debian this installs what is missing (openmpi-bin, which brings the library) and
# prints the path of mpirun for MOELAB_MPIRUN; elsewhere, or where it cannot be had, it prints nothing, and the tests that need it are skipped
# with the reason.
set -euo pipefail

works() { command -v mpirun >/dev/null && mpirun --version 2>/dev/null | grep -q 'Open MPI'; }

if ! works; then
    . /etc/os-release 2>/dev/null || exit 0
    [ "${ID:-}" = debian ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
    export DEBIAN_FRONTEND=noninteractive
    install() { apt-get -o DPkg::Lock::Timeout=120 -qy install --no-install-recommends openmpi-bin; }
    { install || { apt-get -q update && install; }; } >/dev/null 2>&1 || exit 0
fi
works && command -v mpirun
exit 0
