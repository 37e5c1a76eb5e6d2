#!/usr/bin/env bash
# Five million clients that come once each, through a trusted proxy that names them: how much the heap grows, and whether the one who
# was limited before stays limited, to the request. One core for the edge, one for the clients; about four minutes. Needs: wrk, taskset, curl,
# jcmd, a built jar.
set -euo pipefail
cd "$(dirname "$0")/.."

jar=target/molos-edge.jar
keys=${KEYS:-5000000} connections=${CONNECTIONS:-64}
edge=24273 management=24274
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
trap cleanup EXIT
need wrk taskset curl java jcmd

echo 'development: {modules: []}' > "$work/modules.yaml"
export EDGE_CONFIG='' MODULES_CONFIG="$work/modules.yaml" SERVER_EVENT_LOOPS=1 TRUSTED_PROXIES=127.0.0.1/32
LIMITS_ANONYMOUS_RATE=1 LIMITS_ANONYMOUS_BURST=30 DATA_DIR="$work/data" PORT=$edge MANAGEMENT_PORT=$management \
  start 0 edge java -Xmx256m -XX:+UseSerialGC -jar "$jar"
# shellcheck disable=SC2154  # lib.sh has it
jvm=${pids[-1]}
await "http://127.0.0.1:$management/readyz"

cat > "$work/many.lua" <<'LUA'
local next = 0
function request()
  next = next + 1
  local address = string.format("%d.%d.%d.%d", 11 + math.floor(next / 16777216), math.floor(next / 65536) % 256,
    math.floor(next / 256) % 256, next % 256)
  return wrk.format("GET", "/api/auth/ok", {["X-Forwarded-For"] = address})
end
local done = 0
function response() done = done + 1; if done >= tonumber(os.getenv("KEYS")) then wrk.thread:stop() end end
LUA
heap() { # MiB that are alive
  jcmd "$jvm" GC.run > /dev/null
  jcmd "$jvm" GC.heap_info | awk '/used/ && /generation|tenured|def new/ {gsub("K,", ""); for (i = 1; i < NF; i++) if ($i == "used") sum += $(i + 1)} END {printf "%.0f", sum / 1024}'
}
ask() { curl -s -o /dev/null -w '%{http_code}' -H "X-Forwarded-For: 203.0.113.1" "http://127.0.0.1:$edge/api/auth/ok"; }

# The parts that grow with use anyway are grown by then.
KEYS=200000 taskset -c 1 wrk -t1 -c"$connections" -d20s -s "$work/many.lua" "http://127.0.0.1:$edge" > /dev/null
before=$(heap)
passed=0 begun=$(date +%s%N)
for _ in $(seq 1 60); do if [ "$(ask)" = 200 ]; then passed=$((passed + 1)); fi; done
KEYS=$keys taskset -c 1 wrk -t1 -c"$connections" -d300s -s "$work/many.lua" "http://127.0.0.1:$edge" > "$work/wrk.out" &
flood=$!
while kill -0 "$flood" 2> /dev/null; do
  if [ "$(ask)" = 200 ]; then passed=$((passed + 1)); fi
  sleep 0.2
done
most=$((30 + ($(date +%s%N) - begun) / 1000000000 + 1))
after=$(heap)
sent=$(awk '/requests in/ {print $1}' "$work/wrk.out")
failed=0
[ "$sent" -ge "$keys" ] || { echo "BELOW   only $sent of $keys came"; failed=1; }
verdict=ok; [ $((after - before)) -lt 64 ] || verdict=BELOW failed=1
printf '%-7s heap after %s clients: %s MiB, before: %s MiB (less than 64 more)\n' "$verdict" "$sent" "$after" "$before"
verdict=ok; { [ "$passed" -le "$most" ] && [ "$passed" -ge $((most * 8 / 10)) ]; } || verdict=BELOW failed=1
printf '%-7s the limited client got %s requests through, of %s that it may have\n' "$verdict" "$passed" "$most"
exit "$failed"
