#!/usr/bin/env bash
# PyTorch itself, to read the state dicts that MoELab writes and to write some for it: Debian 13's build for the CPU, with the libraries that it
# links. On Debian 13 and mixtures with it this unpacks them beside the system (105 MB to download, 480 MB on the disk), replaces nothing of it,
# and prints the folder; elsewhere it prints nothing, and the tests that need PyTorch are skipped with the reason.
set -euo pipefail

. /etc/os-release 2>/dev/null || exit 0
[ "${ID:-}" = debian ] && command -v apt-get >/dev/null && [ "$(dpkg --print-architecture)" = amd64 ] || exit 0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/moelab/pytorch

# The one place that says how the unpacked PyTorch is started.
write_starter() {
    cat >"$1/python" <<'STARTER'
#!/usr/bin/env bash
root=$(dirname "$(readlink -f "$0")")
libraries=$root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$root/usr/lib:$libraries:$libraries/blas:$libraries/lapack PYTHONPATH=$root/usr/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1
exec "$root/usr/bin/python3.13" -W ignore "$@"
STARTER
    chmod +x "$1/python"
}

works() {
    [ -x "$folder/python" ] && "$folder/python" -c 'import torch; torch.ones(2).sum()' 2>/dev/null
}

if ! works; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (
        cd "$work"
        packages=(
            python3.13-minimal libpython3.13-minimal libpython3.13-stdlib python3-torch python3-typing-extensions
            libtorch2.6 libdnnl3.6 libgloo0 libonnx1t64 libtensorpipe0 libsleef3 libxnnpack0.20241108 libcpuinfo0 libpthreadpool0 libprotobuf32t64
            libopenmpi40 libvulkan1 libuv1t64 libhwloc15 libpmix2t64 libevent-core-2.1-7t64 libevent-pthreads-2.1-7t64 libucx0 libfabric1 libpsm2-2
            libibverbs1 ibverbs-providers librdmacm1t64 libnl-3-200 libnl-route-3-200 libmunge2 libfmt10 libz3-4 libblas3 liblapack3 libgfortran5
            libhiredis1.1.0 libgomp1 libquadmath0 libnuma1 libcpp-httplib0.18
        )
        fetch() { apt-get -q download "${packages[@]/%//trixie}"; }
        fetch || { [ "$(id -u)" = 0 ] && apt-get -q update && fetch; }
        # Beside a folder in use nothing is half written: it takes its place whole.
        mkdir unpacked
        for file in ./*.deb; do dpkg -x "$file" unpacked; done
        write_starter unpacked
        mkdir -p "$(dirname "$folder")"
        rm -rf "$folder"
        mv unpacked "$folder"
    ) >&2 2>/dev/null || exit 0
fi
works && echo "$folder"
