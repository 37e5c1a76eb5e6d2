#!/usr/bin/env bash
# Measures what accounts cost. Needs: wrk, taskset, curl, Node with npm, a built jar. About six minutes.
#
#   get-session against better-auth 1.4.21's own, each on the same core with a SQLite file      at least 50 times
#   get-session with a million sessions stored against a few                                    within 10 %
#   sign-ins a second against what the pool of hash threads does alone                          at least 0.9
#   200 sign-ins at once from 200 addresses: /api/health p99 under 50 ms, RSS under 400 MB
set -euo pipefail
cd "$(dirname "$0")/.."
round=${ROUND:-5} rounds=${ROUNDS:-5} warmup=${WARMUP:-10} connections=${CONNECTIONS:-64}
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
trap cleanup EXIT
need wrk taskset curl java node npm

jar=target/molos-edge.jar jvm=(-Xms256m -Xmx256m -XX:+UseSerialGC)
# The visitors share the edge's cores: their program compiles as little as it can.
client=(-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1)
edge=24273 large=24283 peer=24290 both=24293
mkdir -p "$work/node"
cp src/test/node/package*.json src/test/node/server.mjs "$work/node/"
(cd "$work/node" && npm ci --ignore-scripts --no-audit --no-fund > /dev/null 2>&1)

edge() { # cores, name, port, event loops, cache age
  EDGE_CONFIG='' DATA_DIR="$work/$2" PORT=$3 MANAGEMENT_PORT=$(($3 + 1)) MODULES_CONFIG="$work/none.yaml" \
    SERVER_EVENT_LOOPS=$4 TRUSTED_PROXIES=127.0.0.1/32 SESSION_CACHE_AGE="$5" \
    start "$1" "$2" java "${jvm[@]}" -jar "$jar"
  await "http://127.0.0.1:$3/api/health"
}

failed=0
verdict() { # name, value, awk condition on v, what is wanted
  if awk -v v="$2" "BEGIN {exit !($3)}"; then printf 'ok      %-44s %8s  (%s)\n' "$1" "$2" "$4"; else
    printf 'BELOW   %-44s %8s  (%s)\n' "$1" "$2" "$4"; failed=1; fi
}

compare() { # name, url, cookie, url, cookie -> the median of the ratios
  local ratios=() a b
  measure "$warmup" "$2" "$3" > /dev/null
  measure "$warmup" "$4" "$5" > /dev/null
  for _ in $(seq 1 "$rounds"); do
    a=$(measure "$round" "$2" "$3")
    b=$(measure "$round" "$4" "$5")
    ratios+=("$(awk -v a="$a" -v b="$b" 'BEGIN {printf "%.3f", a / b}')")
    printf '    %-32s %9s/s against %9s/s: %s\n' "$1" "$a" "$b" "${ratios[-1]}" >&2
  done
  printf '%s\n' "${ratios[@]}" | median "$rounds"
}

edge 0 small $edge 1 1s
cookie=$(sign_up "http://127.0.0.1:$edge")
(cd "$work/node" && exec taskset -c 0 node server.mjs molos "$work/peer.db" $peer peer-test-secret-0123456789abcdefghijklmnopqrstuvwxyz) \
  > "$work/peer.out" 2> "$work/peer.log" &
pids+=($!)
await "http://127.0.0.1:$peer/api/auth/ok"
theirs=$(sign_up "http://127.0.0.1:$peer")
ratio=$(compare 'get-session against better-auth' "http://127.0.0.1:$edge/api/auth/get-session" "$cookie" \
  "http://127.0.0.1:$peer/api/auth/get-session" "$theirs")
verdict 'get-session, times better-auth 1.4.21' "$ratio" 'v >= 50' 'at least 50'

# The same database with a million sessions more, in a second edge beside the first.
kill "${pids[1]}"
edge 0 large $large 1 1s
heavy=$(sign_up "http://127.0.0.1:$large")
kill "${pids[2]}"; wait "${pids[2]}" 2>/dev/null || true
echo "    storing a million sessions…" >&2
java -cp "$jar" load-tests/SignIns.java sessions "$work/large/molos.db" 1000000
edge 0 large $large 1 1s
ratio=$(compare 'a million sessions against one' "http://127.0.0.1:$large/api/auth/get-session" "$heavy" \
  "http://127.0.0.1:$edge/api/auth/get-session" "$cookie")
verdict 'get-session with a million sessions' "$ratio" 'v >= 0.9' 'at least 0.9'
for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
wait 2>/dev/null || true

# The same without the cache: what a lookup in the database costs.
edge 0 small $edge 1 1ms
edge 0 large $large 1 1ms
# Nothing of a look-up is compiled yet, and the larger one is compiled later: without this the first rounds tell about that.
warm "${pids[-2]}" "http://127.0.0.1:$edge/api/auth/get-session" "$cookie"
warm "${pids[-1]}" "http://127.0.0.1:$large/api/auth/get-session" "$heavy"
ratio=$(compare 'the same, looked up each time' "http://127.0.0.1:$large/api/auth/get-session" "$heavy" \
  "http://127.0.0.1:$edge/api/auth/get-session" "$cookie")
verdict 'get-session with a million, cache 1 ms' "$ratio" 'v >= 0.9' 'at least 0.9'
for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
wait 2>/dev/null || true

# Signing in, on both cores as it is configured by default.
edge 0,1 both $both 2 1s
sign_up "http://127.0.0.1:$both" > /dev/null
# A visitor presses the button again and again, each time from an address of their own, told by a trusted proxy. wrk does it,
# because it shares the two cores with the edge: a client that costs a few per cent of them would be counted against it.
cat > "$work/sign-in.lua" <<'LUA'
local address = math.random(2 ^ 23)
local body = '{"email":"load@example.org","password":"correct horse battery"}'
wrk.headers["Content-Type"] = "application/json"
function request()
  address = address + 1
  wrk.headers["X-Forwarded-For"] = string.format("10.%d.%d.%d", address / 65536 % 256, address / 256 % 256, address % 256)
  return wrk.format("POST", "/api/auth/sign-in/email", nil, body)
end
LUA
sign_ins() { # seconds -> sign-ins a second; any answer but 2xx ends the run
  local out
  out=$(wrk -t1 -c8 -d"$1s" --timeout 60s -s "$work/sign-in.lua" "http://127.0.0.1:$both")
  if grep -q 'Non-2xx' <<< "$out"; then echo 'load-tests: a sign-in was answered other than 2xx' >&2; echo "$out" >&2; return 1; fi
  awk '/Requests\/sec/ {print $2}' <<< "$out"
}
# Twenty sign-ins a second compile the edge's code slowly; the pool alone is warm after its first seconds.
sign_ins $((warmup * 3)) > /dev/null
ratios=()
for _ in $(seq 1 "$rounds"); do
  pool=$(java "${jvm[@]}" -cp "$jar" load-tests/SignIns.java pool 10 2>/dev/null)
  rate=$(sign_ins 12)
  ratios+=("$(awk -v a="$rate" -v b="$pool" 'BEGIN {printf "%.3f", a / b}')")
  printf '    %-32s %9s/s against %9s/s: %s\n' 'sign-ins against the pool alone' "$rate" "$pool" "${ratios[-1]}" >&2
done
verdict 'sign-ins, of what the hash pool does' "$(printf '%s\n' "${ratios[@]}" | median "$rounds")" 'v >= 0.9' 'at least 0.9'

# The first seconds of the prober are for itself; the floods begin when it counts.
java "${client[@]}" -cp "$jar" load-tests/SignIns.java health "http://127.0.0.1:$both" 7 > "$work/health" &
prober=$!
sleep 4
java "${client[@]}" -cp "$jar" load-tests/SignIns.java flood "http://127.0.0.1:$both" 200
code=0; wait "$prober" || code=$?
cat "$work/health"
verdict '200 sign-ins at once: p99 over 50 ms?' "$code" 'v == 0' '0: no'
verdict 'RSS after the floods, MB' "$(ps -o rss= -p "${pids[-1]}" | awk '{printf "%d", $1 / 1024}')" 'v < 400' 'under 400'
exit $failed
