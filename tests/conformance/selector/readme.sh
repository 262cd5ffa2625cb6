#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the worked example of selector/README.md: what it prints is what stands there.
#
#   readme.sh KUBECTL-TRANCHE README
set -u
program=$1 readme=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

echo '{"driver": "gpu.example.com", "attributes": {"model": {"string": "a100"}}}' > "$folder/gpu.json"
expression=$(sed -n "s/^ *--expr '\(.*\)'\$/\1/p" "$readme")
sed -n '/^tokens$/,/^```$/p' "$readme" | sed '$d' > "$folder/wanted"
[ -s "$folder/wanted" ] || { echo "$readme has no example"; exit 1; }
"$program" eval --explain --device "$folder/gpu.json" --expr "$expression" > "$folder/printed"
diff -u "$folder/wanted" "$folder/printed"
