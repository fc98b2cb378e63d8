#!/usr/bin/env bash
# The tool of .NET Interactive, the host in which the tests load MoELab.Interactive, and Plotly.NET.Interactive, which they load beside it. Installs
# the tool into the cache, restores the package, and prints the tool's folder; where one of them cannot be had, it prints nothing, and the tests that
# need them are skipped with the reason.
set -euo pipefail

version=1.0.712001
plotly=6.0.0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/moelab/dotnet-interactive-$version
skip() {
    echo "eng/dotnet-interactive.sh: $1; the tests that need it are skipped" >&2
    exit 0
}
command -v dotnet >/dev/null || skip "no dotnet on the PATH to install the tool of .NET Interactive with"

if ! [ -e "$folder/complete" ]; then
    mkdir -p "$folder"
    # Two runs at once: the second waits for the first.
    exec 9>"$folder.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if ! [ -e "$folder/complete" ]; then
        rm -rf "${folder:?}"/* "$folder/.store"
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        cat >"$work/plotly.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="Plotly.NET.Interactive" Version="$plotly" /></ItemGroup>
</Project>
XML
        dotnet tool install Microsoft.dotnet-interactive --version "$version" --tool-path "$folder" >&2 || skip "the tool of .NET Interactive could not be installed"
        dotnet restore "$work/plotly.csproj" >&2 || skip "Plotly.NET.Interactive, which the tests load beside the tool, could not be restored"
        touch "$folder/complete"
    fi
    exec 9>&-
fi
echo "$folder"
