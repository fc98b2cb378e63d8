#!/usr/bin/env bash
# Other people's readers of the files that MoELab writes: safetensors' own implementation, protocol buffers and CRC-32C, with a Python of
# the version that they are built for. On Debian 13 and mixtures with it this unpacks them beside the system, replaces nothing of it, and
# prints the folder; elsewhere it prints nothing, and the tests that need them are skipped with the reason.
set -euo pipefail

. /etc/os-release 2>/dev/null || exit 0
[ "${ID:-}" = debian ] && command -v apt-get >/dev/null && [ "$(dpkg --print-architecture)" = amd64 ] || exit 0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/moelab/file-readers
python=$folder/usr/bin/python3.13

works() {
    [ -x "$python" ] && LD_LIBRARY_PATH=$folder/usr/lib/x86_64-linux-gnu PYTHONPATH=$folder/usr/lib/python3/dist-packages "$python" -c 'import safetensors, crc32c, google.protobuf.descriptor_pb2' 2>/dev/null
}

if ! works; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (
        cd "$work"
        packages=(python3.13-minimal libpython3.13-minimal libpython3.13-stdlib python3-safetensors python3-crc32c python3-protobuf libprotobuf32t64 libffi8 libexpat1 zlib1g)
        fetch() {
            local package
            for package in "${packages[@]}"; do
                apt-get -q download "$package/trixie" || case $package in
                    lib*32t64 | libffi8 | libexpat1 | zlib1g) ;; # The system's own will do.
                    *) return 1 ;;
                esac
            done
        }
        fetch || { [ "$(id -u)" = 0 ] && apt-get -q update && fetch; }
        # Beside a folder in use nothing is half written: it takes its place whole.
        mkdir unpacked
        for file in ./*.deb; do dpkg -x "$file" unpacked; done
        mkdir -p "$(dirname "$folder")"
        rm -rf "$folder"
        mv unpacked "$folder"
    ) >&2 2>/dev/null || exit 0
fi
works && echo "$folder"
