#!/usr/bin/env bash
# libtorch is built with GCC 13; Debian 12 carries the C++ library of GCC 12. As root this adds the next release (trixie) of
# the very archive that the machine's own apt sources name, pinned so low that nothing else comes from it, and installs
# libstdc++6 from it. Without root it prints the commands.
#   eng/libstdcxx.sh                         do it, or print the commands
#   eng/libstdcxx.sh --print [DIR [SUITE]]   print the apt source that would be added, from the entry of SUITE (bookworm) in DIR (/etc/apt)
set -euo pipefail

# The source of trixie/main, derived from the entry of bookworm/main (or of the suite given) in deb822 (.sources) or one-line (.list) files. An
# archive whose path ends in /debian wins over third parties that happen to use the same suite name.
derive() {
    local apt=$1 suite=${2:-bookworm}
    {
        { find "$apt/sources.list" "$apt/sources.list.d" -name '*.list' -type f 2>/dev/null || true; } | sort | xargs -r awk -v suite="$suite" '
            /^[ \t]*deb[ \t]/ {
                line = $0; sub(/#.*/, "", line); signed = ""
                if (match(line, /\[[^]]*\]/)) {
                    options = substr(line, RSTART + 1, RLENGTH - 2)
                    line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH)
                    n = split(options, option, /[ \t]+/)
                    for (i = 1; i <= n; i++) if (option[i] ~ /^signed-by=/) signed = substr(option[i], 11)
                }
                n = split(line, word, /[ \t]+/); first = word[1] == "" ? 2 : 1
                if (word[first + 2] != suite) next
                for (i = first + 3; i <= n; i++) if (word[i] == "main") { print word[first + 1] "\t" signed; break }
            }'
        # A key in the file itself stays on one line here; "\\n" stands for its line breaks.
        { find "$apt/sources.list.d" -name '*.sources' -type f 2>/dev/null || true; } | sort | xargs -r awk -v suite="$suite" '
            function has(list, wanted,   n, i, item) { n = split(list, item, /[ \t]+/); for (i = 1; i <= n; i++) if (item[i] == wanted) return 1; return 0 }
            function flush() {
                if (has(field["types"], "deb") && has(field["suites"], suite) && has(field["components"], "main") && tolower(field["enabled"]) != "no") {
                    split(field["uris"], uri, /[ \t]+/); print uri[1] "\t" field["signed-by"]
                }
                split("", field); key = ""
            }
            FNR == 1 { flush() }
            /^#/ { next }
            /^[ \t]*$/ { flush(); next }
            /^[ \t]/ { if (key != "") field[key] = field[key] (key == "signed-by" ? "\\n" : " ") $0; next }
            { at = index($0, ":"); key = tolower(substr($0, 1, at - 1)); value = substr($0, at + 1); sub(/^[ \t]+/, "", value); sub(/[ \t]+$/, "", value); field[key] = value }
            END { flush() }'
    } | awk -F '\t' '
        $1 ~ /\/debian\/?$/ && !best { uri = $1; signed = $2; best = 1 }
        !uri { uri = $1; signed = $2 }
        END {
            if (!uri) exit 1
            gsub(/\\n/, "\n", signed)
            print "Types: deb\nURIs: " uri "\nSuites: trixie\nComponents: main" (signed == "" ? "" : "\nSigned-By:" (signed ~ /^\n/ ? "" : " ") signed)
        }'
}

pin() { printf 'Package: *\nPin: release n=trixie\nPin-Priority: 50\n'; }

if [ "${1:-}" = --print ]; then
    derive "${2:-/etc/apt}" "${3:-bookworm}"
    exit
fi

. /etc/os-release
if [ "${ID:-}" != debian ] || ! command -v apt-get >/dev/null; then
    echo "moelab: libtorch needs a libstdc++ with GLIBCXX_3.4.32 (GCC 13 or later); ${PRETTY_NAME:-this system} carries an older one: install a newer libstdc++6, or use a release from 2024 on"
    exit 1
fi
source_text=$(derive /etc/apt) || {
    echo "moelab: no entry for Debian bookworm main in /etc/apt; install a libstdc++6 with GLIBCXX_3.4.32 (GCC 13 or later) by hand"
    exit 1
}
install=(apt-get -o DPkg::Lock::Timeout=120 -qy install --no-install-recommends -t trixie libstdc++6)

if [ "$(id -u)" != 0 ]; then
    cat <<TEXT
moelab: libtorch needs a newer libstdc++ (GLIBCXX_3.4.32) than this Debian carries. Run these commands, then this one again:

sudo tee /etc/apt/sources.list.d/moelab-trixie.sources <<'END'
$source_text
END
sudo tee /etc/apt/preferences.d/moelab-trixie <<'END'
$(pin)
END
sudo apt-get update
sudo ${install[*]}
TEXT
    exit 1
fi

echo "moelab: installing libstdc++6 from Debian trixie (libtorch needs GLIBCXX_3.4.32)"
export DEBIAN_FRONTEND=noninteractive
printf '%s\n' "$source_text" >/etc/apt/sources.list.d/moelab-trixie.sources
pin >/etc/apt/preferences.d/moelab-trixie
apt-get -q update && "${install[@]}"
