#!/usr/bin/env bash
# Draws the Mermaid diagrams of docs/*.md for the board's documentation pages, which load no such script: each becomes
# docs/images/diagram-HASH.svg, named by the SHA-256 of its source, so that a test finds those that were not drawn again. Needs Node.js and
# Chromium; installs Mermaid into the cache. Run it after changing a diagram, and commit what it writes.
set -euo pipefail

version=12.3.0
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/moelab/mermaid-$version
[ -d "$folder/node_modules/mermaid" ] || npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts "mermaid@$version" >&2
node "$root/eng/diagrams.mjs" "$root/docs" "$folder/node_modules/mermaid/dist/mermaid.min.js"
