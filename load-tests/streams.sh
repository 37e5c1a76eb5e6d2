#!/usr/bin/env bash
# Measures what large bodies and many sockets cost. Needs: curl, Node with npm, a built jar. About a minute.
#
#   2 GiB up and 2 GiB down through an edge with 88 MB of heap      whole, and the edge lives
#   1,000 idle WebSockets                                           under 60 MB
set -euo pipefail
cd "$(dirname "$0")/.."
size=${SIZE:-2147483648} sockets=${SOCKETS:-1000}
round=0 rounds=0 connections=0
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
trap cleanup EXIT
need curl java node npm
: "$round" "$rounds" "$connections"

jar=target/molos-edge.jar edge=24373 upstream=24380
base=http://localhost:$edge
mkdir -p "$work/node"
cp src/test/node/package*.json src/test/node/module.mjs load-tests/idle-sockets.mjs "$work/node/"
(cd "$work/node" && npm ci --ignore-scripts --no-audit --no-fund > /dev/null 2>&1)
cat > "$work/modules.yaml" <<YAML
development:
  modules:
    - {id: open, repository: r, tag: v1, upstream: "http://127.0.0.1:$upstream", access: public, paths: [/open], stripPath: true}
    - {id: bench, repository: r, tag: v1, upstream: "http://127.0.0.1:$upstream", access: user, paths: [/bench], stripPath: true}
YAML
(cd "$work/node" && exec node module.mjs $upstream 1.0.0) > "$work/upstream.out" 2> "$work/upstream.log" &
pids+=($!)
edge() { # heap, name, port
  EDGE_CONFIG='' DATA_DIR="$work/$2" PORT=$3 MANAGEMENT_PORT=$(($3 + 1)) MODULES_CONFIG="$work/modules.yaml" \
    start 0,1 "$2" java "-Xmx$1" -XX:+UseSerialGC -jar "$jar"
  await "http://localhost:$3/api/health"
}
edge 88m small $edge
failed=0
verdict() { # name, value, awk condition on v, what is wanted
  if awk -v v="$2" "BEGIN {exit !($3)}"; then printf 'ok      %-44s %12s  (%s)\n' "$1" "$2" "$4"; else
    printf 'BELOW   %-44s %12s  (%s)\n' "$1" "$2" "$4"; failed=1; fi
}
rss() { ps -o rss= -p "$1" | awk '{printf "%d", $1 / 1024}'; }

got=$(head -c "$size" /dev/zero | curl -sf -T - -X POST -H "Origin: $base" "$base/open/upload" | sed 's/.*"size":\([0-9]*\).*/\1/')
verdict 'bytes up' "$got" "v == $size" "$size"
got=$(curl -sf "$base/open/download?size=$size" | wc -c)
verdict 'bytes down' "$got" "v == $size" "$size"
verdict 'RSS after both, MB' "$(rss "${pids[1]}")" 'v < 300' 'under 300'

# A password takes 32 MiB to hash, so a sign-in needs more heap than streams do.
edge=24383
base=http://localhost:$edge
edge 256m large $edge
cookie=$(sign_up "$base")
before=$(rss "${pids[2]}")
(cd "$work/node" && exec node idle-sockets.mjs "ws://localhost:$edge/bench/socket" "$base" "$sockets" "$cookie") > "$work/sockets.out" 2> "$work/sockets.log" &
pids+=($!)
for _ in $(seq 1 300); do grep -q "open $sockets" "$work/sockets.out" && break; sleep 0.2; done
grep -q "open $sockets" "$work/sockets.out" || { cat "$work/sockets.log"; echo 'load-tests: the sockets did not open'; exit 1; }
sleep 5
verdict "$sockets idle WebSockets, MB more" "$(($(rss "${pids[2]}") - before))" 'v < 60' 'under 60'
exit $failed
