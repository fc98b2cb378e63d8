#!/usr/bin/env bash
# JupyterLab 4 for the tests, unpacked from Debian's packages into a folder of its own, so that nothing of the system is replaced: it runs on
# the system's Python and the clients that notebook-clients.sh installs. Prints the folder; where that is not Debian, or a download fails, it
# prints nothing and the tests of JupyterLab are skipped with the reason.
set -euo pipefail

. /etc/os-release 2>/dev/null || exit 0
[ "${ID:-}" = debian ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/moelab/jupyterlab

if ! [ -e "$folder/complete" ]; then
    packages=(jupyterlab jupyter-server python3-jupyter-server python3-jupyterlab-server python3-jupyter-events python3-jupyter-server-terminals python3-overrides
        python3-json5 python3-async-lru python3-notebook-shim python3-pythonjsonlogger python3-rfc3339-validator python3-rfc3986-validator python3-websocket
        python3-anyio python3-sniffio python3-typing-extensions python3-babel python-babel-localedata)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (
        cd "$work"
        for package in "${packages[@]}"; do
            apt-get -q download "$package/trixie" || apt-get -q download "$package"
        done
        rm -rf "$folder"
        mkdir -p "$folder/stub/referencing"
        for file in ./*.deb; do dpkg -x "$file" "$folder"; done
    ) >&2 || exit 0

    # The package 'referencing' needs a compiled part for a newer Python, and jupyter-events only gathers schemas with it.
    cat > "$folder/stub/referencing/__init__.py" <<'PYTHON'
class Registry:
    def __class_getitem__(cls, item):
        return cls

    def __init__(self, resources=()):
        self.resources = list(resources)

    def __rmatmul__(self, resources):
        return Registry(self.resources + list(resources))
PYTHON
    cat > "$folder/stub/referencing/jsonschema.py" <<'PYTHON'
from . import Registry


class Resource(dict):
    def __matmul__(self, registry):
        return Registry(registry.resources + [self])


class Draft:
    def create_resource(self, contents):
        return Resource(contents)


DRAFT7 = Draft()
PYTHON
    # An older jsonschema resolves references by a store of schemas, not by a registry.
    cat > "$folder/stub/sitecustomize.py" <<'PYTHON'
import inspect

import jsonschema

before = jsonschema.Draft7Validator.__init__
if "registry" not in inspect.signature(before).parameters:
    def after(self, schema, *arguments, registry=None, **named):
        if registry is not None and named.get("resolver") is None:
            store = {one["$id"]: one for one in registry.resources if "$id" in one}
            named["resolver"] = jsonschema.RefResolver.from_schema(schema, store=store)
        before(self, schema, *arguments, **named)

    jsonschema.Draft7Validator.__init__ = after
PYTHON
    touch "$folder/complete"
fi
echo "$folder"
