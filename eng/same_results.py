"""Compares two folders of results of same-results.sh; everything that may differ between two equal runs is left out here, by name."""
import csv
import hashlib
import json
import pathlib
import re
import sys

CLOCK = {
    "time", "tokens_per_second", "newton_schulz/share", "utilisation", "routing/share", "seconds/step", "seconds", "crc", "started", "ended",
    "created", "written", "git_commit", "git", "core", "hash", "hashes", "plugins", "process", "bytes", "load_average", "id",
}


def stripped(value):
    if isinstance(value, dict):
        return {k: stripped(v) for k, v in value.items() if k not in CLOCK}
    return [stripped(v) for v in value] if isinstance(value, list) else value


def content(path):
    data = re.sub(rb"@[0-9a-f]{16}", b"@", path.read_bytes())
    if path.suffix == ".jsonl":
        return json.dumps([stripped(json.loads(line)) for line in data.splitlines()])
    if path.suffix == ".json":
        return json.dumps(stripped(json.loads(data)))
    if path.suffix == ".csv":
        rows = list(csv.reader(data.decode().splitlines()))
        kept = [i for i, name in enumerate(rows[0]) if name not in CLOCK]
        return json.dumps([[row[i] for i in kept] for row in rows])
    return hashlib.sha256(data).hexdigest()


def skipped(path):
    return path.name in {"environment.json", "lock", "process"} or path.suffix == ".html" or "tfevents" in path.name


def main(base, new):
    files = {p.relative_to(root) for root in (base, new) for p in root.rglob("*") if p.is_file() and not skipped(p)}
    different = []
    for name in sorted(files):
        if not (base / name).exists() or not (new / name).exists():
            different.append(f"{name}: only {'there' if (base / name).exists() else 'here'}")
        elif content(base / name) != content(new / name):
            different.append(f"{name}: differs")
    print("\n".join(different) if different else f"{len(files)} files are the same")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
