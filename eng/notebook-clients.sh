#!/usr/bin/env bash
# The outside clients that the tests of notebooks drive: Jupyter's kernel test suite, nbclient, nbconvert, papermill, Chromium.
# As root on Debian this installs what is missing and prints the folder to put on PYTHONPATH; elsewhere it does nothing, and the
# tests that need a missing client are skipped with the reason.
set -euo pipefail

. /etc/os-release 2>/dev/null || exit 0
[ "${ID:-}" = debian ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
export DEBIAN_FRONTEND=noninteractive
folder=${XDG_CACHE_HOME:-$HOME/.cache}/moelab/notebook-clients
libraries=$folder/usr/lib/python3/dist-packages

packages=(python3-jupyter-client python3-ipykernel jupyter-nbconvert python3-nbclient jupyter-notebook python3-click python3-yaml python3-tqdm python3-requests
    python3-tenacity python3-aiohttp chromium)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
    { apt-get -q update && apt-get -o DPkg::Lock::Timeout=120 -qy install --no-install-recommends "${missing[@]}"; } >&2
fi

# Pure Python, newer than the system's or absent from it: unpacked beside, so that nothing of the system is replaced.
if ! [ -d "$libraries/papermill" ] || ! [ -d "$libraries/jupyter_kernel_test" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (
        cd "$work"
        for package in python3-papermill python3-jupyter-kernel-test python3-colors; do
            apt-get -q download "$package/trixie" || apt-get -q download "$package"
        done
        mkdir -p "$folder"
        for file in ./*.deb; do dpkg -x "$file" "$folder"; done
    ) >&2 2>/dev/null
fi
echo "$libraries"
