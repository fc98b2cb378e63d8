#!/usr/bin/env bash
# Hugging Face's own tokenizers, which the tests compare ids with: the Rust library as the npm package @anush008/tokenizers carries
# it. Installs it into the cache and prints the folder to put on NODE_PATH. As root on Debian this also gets Node.js; where it cannot
# be had, it prints nothing, and the tests that need it are skipped with the reason.
set -euo pipefail

version=0.6.0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/moelab/huggingface-tokenizers-$version

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
    { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -qy install --no-install-recommends nodejs npm; } >&2 || exit 0
fi
if ! [ -d "$folder/node_modules/@anush008/tokenizers" ]; then
    mkdir -p "$(dirname "$folder")"
    work=$(mktemp -d "$folder.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    npm install --prefix "$work" --no-audit --no-fund --ignore-scripts "@anush008/tokenizers@$version" >&2 || exit 0
    # Two runs at once: the first one's stays.
    chmod 755 "$work"
    mv -T "$work" "$folder" 2>/dev/null || true
fi
[ -d "$folder/node_modules/@anush008/tokenizers" ] && echo "$folder/node_modules"
