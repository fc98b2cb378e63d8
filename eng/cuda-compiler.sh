#!/usr/bin/env bash
# NVRTC, which compiles the CUDA sources without a card, and g++, which runs them on the processor, for the tests that need them.
# As root on Debian this fetches what is missing and prints the folder of libnvrtc for MOELAB_NVRTC; elsewhere, or where it cannot
# be had, it prints nothing, and the tests that need it are skipped with the reason.
#   eng/cuda-compiler.sh                 do it
#   eng/cuda-compiler.sh --print [DIR]   print the apt source that is read, from the sources in DIR (/etc/apt)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Trixie's non-free part of the archive that the machine's own sources name.
source_text() {
    local text
    text=$(bash "$here/libstdcxx.sh" --print "${1:-/etc/apt}" bookworm) || text=$(bash "$here/libstdcxx.sh" --print "${1:-/etc/apt}" trixie) || return 1
    sed 's/^Components: main$/Components: non-free/' <<<"$text"
}

if [ "${1:-}" = --print ]; then
    source_text "${2:-/etc/apt}"
    exit
fi

folder=${XDG_CACHE_HOME:-$HOME/.cache}/moelab/nvrtc
libraries=$folder/usr/lib/x86_64-linux-gnu
. /etc/os-release 2>/dev/null || exit 0
[ "${ID:-}" = debian ] && [ "$(uname -m)" = x86_64 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
export DEBIAN_FRONTEND=noninteractive

if ! command -v g++ >/dev/null; then
    { apt-get -q update && apt-get -o DPkg::Lock::Timeout=120 -qy install --no-install-recommends g++; } >/dev/null 2>&1 || true
fi

# Lists and packages go to folders of their own: the system's apt learns of no further source.
if ! [ -e "$libraries/libnvrtc.so.12" ] && wanted=$(source_text); then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/sources"
    chmod -R a+rX "$work"
    printf '%s\n' "$wanted" >"$work/sources/nvrtc.sources"
    apt=(apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" -o Dir::State::Lists="$work/lists" -o APT::Sandbox::User=root
        -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30)
    (
        cd "$work"
        "${apt[@]}" update && "${apt[@]}" download libnvrtc12 libnvrtc-builtins12.4
        mkdir -p "$work/unpacked"
        for file in ./*.deb; do dpkg -x "$file" "$work/unpacked"; done
        # Moved when whole, so that a run that is stopped leaves nothing that looks done.
        mkdir -p "$(dirname "$folder")"
        rm -rf "$folder"
        mv "$work/unpacked" "$folder"
    ) >&2 2>/dev/null || true
fi
[ -e "$libraries/libnvrtc.so.12" ] && echo "$libraries"
exit 0
