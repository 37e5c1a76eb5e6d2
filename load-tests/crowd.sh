#!/usr/bin/env bash
# What 13,000 clients that send half of everything, or read nothing, do to one who asks for health: at -Xmx256m its p99 stays
# below 200 ms, no memory runs out, and the process stays below 450 MB. Ends with 1 when it does not.
#   SECONDS_ASKED=10 load-tests/crowd.sh
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_ASKED:-10}
work=$(mktemp -d)
round=0 warmup=0 connections=0
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
: "$round" "$warmup" "$connections"
trap cleanup EXIT
need curl
ulimit -n "$(ulimit -Hn)"

port=24473 management=24474 upstream=24475
mkdir "$work/files"
truncate -s 1G "$work/files/large.bin"
cat > "$work/modules.yaml" <<YAML
development:
  modules:
    - {id: up, repository: r, tag: v1, upstream: "http://127.0.0.1:$upstream", access: public}
    - {id: files, static: $work/files, access: public}
YAML
export EDGE_CONFIG='' DATA_DIR="$work/data" MODULES_CONFIG="$work/modules.yaml" PORT=$port MANAGEMENT_PORT=$management \
  PROXY_PROTOCOL_PEERS=127.0.0.1/32 SERVER_MAX_CONNECTIONS=16384
start 0,1 edge java -Xmx256m -XX:+UseSerialGC -jar target/molos-edge.jar
edge=${pids[0]}
await "http://127.0.0.1:$management/readyz"

mkfifo "$work/go"
exec 3<> "$work/go"
start 0,1 crowd java -Xmx512m load-tests/Crowd.java "$port" "$upstream" "http://localhost:$port" "$seconds" < "$work/go"
crowd=${pids[1]}
for _ in $(seq 1 150); do grep -q 'upstream ready' "$work/crowd.out" && break; sleep 0.1; done
echo >&3
wait "$crowd" || true
outcome=$(tail -1 "$work/crowd.out")
rss=$(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$edge/status" 2>/dev/null || echo 0)
p99=$(sed -n 's/.*p99ms=\([0-9.]*\).*/\1/p' <<< "$outcome")
errors=$(sed -n 's/.*errors=\([0-9]*\).*/\1/p' <<< "$outcome")
echo "$outcome"
printf '  %-34s %8s %8s\n' What Is Asked 'health, p99 (ms)' "$p99" '< 200' 'health, not answered' "$errors" 0 'most memory of the edge (MB)' "$rss" '< 450'
curl -s "http://127.0.0.1:$management/metrics" | grep -E '^edge_(connections|inbound_bytes) ' || true
if grep -q OutOfMemory "$work/edge.log"; then echo "it ran out of memory"; cat "$work/edge.log"; exit 1; fi
[ "$rss" -gt 0 ] || { echo "the edge is gone"; cat "$work/edge.log"; exit 1; }
failed=$(sed -n 's/.*failed=\([0-9]*\).*/\1/p' <<< "$outcome")
[ "$failed" = 0 ] || { echo "$failed of the crowd could not even connect: is ulimit -Hn below 30000?"; exit 1; }
awk -v p99="$p99" -v errors="$errors" -v rss="$rss" 'BEGIN { exit !(p99 != "" && p99 < 200 && errors == 0 && rss < 450) }'
