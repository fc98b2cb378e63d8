#!/usr/bin/env bash
# Trains, branches, exports and prints with two built checkouts, and compares every file bit by bit:
#   eng/same-results.sh OTHER_CHECKOUT        (this checkout against another, on one machine)
# For changes that must not move a result. Times, hashes of assemblies and commits are left out; messages, pages and event files are not compared.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
other=$(cd "${1:?the other checkout}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
small=(--set training.steps=8 --set training.tokens_per_step=1024 --set training.micro_batch_tokens=512 --set training.eval_every=4
    --set training.eval_tokens=1024 --set training.eval_final_tokens=2048 --set training.checkpoint_every=5)

# Everything happens in one folder whose name both share, because outputs name it.
run_all() {
    local dll=$1/artifacts/bin/MoELab.Cli/release/moelab.dll
    [ -f "$dll" ] || { echo "same-results: $1 is not built; run ./moelab --version there" >&2; exit 2; }
    moelab() { dotnet "$dll" "$@" 2>>"$work/messages"; }
    train() {
        local name=$1
        shift
        moelab train "${recipe:-lab-tiny}" "${small[@]}" --name "$name" --runs runs "$@" --json >"json/$name.train.json" || echo "$name failed"
    }
    rm -rf "$work/now" && mkdir -p "$work/now/json" && cd "$work/now"
    train trinity
    recipe=lab-small train small --set training.sequence_length=128
    local router balancer optimizer name
    for router in softmax-top-k top-k-softmax group-limited noisy-top-k expert-choice sinkhorn hash remoe uniform; do
        train "$router" --set router="$router" --set balancer=none
    done
    for balancer in proportional quantile sign-bias none; do
        train "$balancer" --set balancer="$balancer"
    done
    for optimizer in lion adamw; do
        train "$optimizer" --set optimizer="$optimizer"
    done
    train normuon --set optimizer.groups.hidden=normuon --set optimizer.groups.experts=normuon
    train losses --set losses.switch.weight=0.01 --set losses.sequence-wise.weight=0.001 --set losses.router-z.weight=0.001 --set losses.head-z.weight=0.001
    train kernel --set kernel=reference --set training.activation_checkpointing=true
    train sequential --set data.packing=sequential --set data.tokenizer=bpe-512 --set training.decay_shape=1-sqrt
    moelab branch trinity --decay 3 --name branch --runs runs --json >json/branch.json || echo "branch failed"
    moelab export trinity model --runs runs >/dev/null
    moelab report trinity --runs runs --tensorboard board --output report.html >/dev/null
    moelab compare trinity sign-bias losses --runs runs --output compare.html --json >json/compare.json
    moelab show trinity --runs runs --json >json/show.json
    for name in trinity losses sinkhorn quantile; do
        moelab report "$name" --runs runs --csv "$name.csv" --output "$name.html" >/dev/null
    done
    moelab generate trinity --runs runs --tokens 30 --seed 3 --json >json/generate.json
    moelab runs --runs runs --json >json/runs.json
    moelab recipe show trinity-large --json >json/recipe.json
    moelab recipe diff lab-tiny lab-small --json >json/diff.json
    moelab plugins --json >json/plugins.json
    rm -f ./*.html
    mv "$work/now" "$work/$2"
}

run_all "$other" base
run_all "$here" new
python3 "$here/eng/same_results.py" "$work/base" "$work/new"
