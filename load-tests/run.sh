#!/usr/bin/env bash
# Measures the edge against a bare Vert.x reference in one run: each on one core with one event loop, wrk and the upstream
# on the other core; interleaved rounds, the median of the per-round ratios. Needs: wrk, taskset, curl, a built jar.
#
#   load-tests/run.sh                    20 s warm-up or until the compiler is done, seven rounds of 5 s
#   ROUND=3 ROUNDS=3 WARMUP=5 load-tests/run.sh
#   PATH=/a/jdk-25/bin:$PATH JVM=-XX:+UseCompactObjectHeaders load-tests/run.sh      another Java, with more flags, for both
set -euo pipefail
cd "$(dirname "$0")/.."

jar=target/molos-edge.jar
warmup=${WARMUP:-20} round=${ROUND:-5} rounds=${ROUNDS:-7} connections=${CONNECTIONS:-64}
edge=24173 management=24174 answer=24180 proxy=24181 upstream=24182
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
trap cleanup EXIT
need wrk taskset curl java mvn

cat > "$work/modules.yaml" <<YAML
development:
  modules:
    - id: bench
      repository: https://git.example.org/bench.git
      tag: v1.0.0
      upstream: http://127.0.0.1:$upstream
      access: user
YAML

# vertx-http-proxy is compared with, and not part of the jar.
mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath"
read -ra more <<< "${JVM:-}"
jvm=(-Xms256m -Xmx256m -XX:+UseSerialGC "${more[@]}")
start 1 upstream java "${jvm[@]}" -cp "$(cat "$work/classpath")" load-tests/Reference.java answer $upstream 1024
EDGE_CONFIG='' DATA_DIR="$work/data" PORT=$edge MANAGEMENT_PORT=$management MODULES_CONFIG="$work/modules.yaml" \
  SERVER_EVENT_LOOPS=1 ACCESS_LOG=true \
  start 0 edge java "${jvm[@]}" -jar "$jar"
await "http://127.0.0.1:$edge/api/health"
health=$(curl -sf "http://127.0.0.1:$edge/api/health" | wc -c)
start 0 answer java "${jvm[@]}" -cp "$(cat "$work/classpath")" load-tests/Reference.java answer $answer "$health"
start 0 proxy java "${jvm[@]}" -cp "$(cat "$work/classpath")" load-tests/Reference.java proxy $proxy $upstream
await "http://127.0.0.1:$answer/"
await "http://127.0.0.1:$proxy/"

cookie=$(sign_up "http://127.0.0.1:$edge")
[ -n "$cookie" ] || { echo "load-tests: no session cookie"; exit 1; }
curl -sf -H "Cookie: $cookie" "http://127.0.0.1:$edge/modules/bench/" | wc -c | grep -qx 1024 \
  || { echo "load-tests: the module is not reached"; exit 1; }

failed=0
compare() { # name, edge url, reference url, least ratio, pid of the reference
  local ratios=() mine theirs ratio median
  warm "${pids[1]}" "$2" "$cookie"
  warm "$5" "$3" "$cookie"
  for _ in $(seq 1 "$rounds"); do
    mine=$(measure "$round" "$2" "$cookie")
    theirs=$(measure "$round" "$3" "$cookie")
    ratio=$(awk -v a="$mine" -v b="$theirs" 'BEGIN {printf "%.3f", a / b}')
    ratios+=("$ratio")
    printf '    %-28s edge %9s/s   reference %9s/s   ratio %s\n' "$1" "$mine" "$theirs" "$ratio"
  done
  median=$(printf '%s\n' "${ratios[@]}" | median "$rounds")
  if awk -v m="$median" -v least="$4" 'BEGIN {exit !(m >= least)}'; then
    printf 'ok      %-28s median ratio %s (at least %s)\n' "$1" "$median" "$4"
  else
    printf 'BELOW   %-28s median ratio %s (at least %s)\n' "$1" "$median" "$4"
    failed=1
  fi
}

metric() { curl -sf "http://127.0.0.1:$management/metrics" | awk -v name="$1" 'index($0, name) == 1 {sum += $2} END {printf "%d", sum}'; }

runs=$(metric 'edge_health_runs_total{check="database"}') probes=$(metric 'edge_http_requests_total{source="probe"') begun=$SECONDS
compare "/api/health" "http://127.0.0.1:$edge/api/health" "http://127.0.0.1:$answer/" 0.70 "${pids[2]}"
runs=$(($(metric 'edge_health_runs_total{check="database"}') - runs)) took=$((SECONDS - begun))
probes=$(($(metric 'edge_http_requests_total{source="probe"') - probes))
# One run an interval of 1 s, which is at least 0.8 s, and one that was under way.
if [ "$probes" -gt 10000 ] && [ "$runs" -ge 1 ] && [ "$runs" -le $(((took + 1) * 5 / 4 + 1)) ]; then verdict=ok; else verdict=BELOW failed=1; fi
printf '%-7s %-28s %d probes in %d s, the database was asked %d times\n' "$verdict" "checks under probes" "$probes" "$took" "$runs"
compare "get-session with a cookie" "http://127.0.0.1:$edge/api/auth/get-session" "http://127.0.0.1:$answer/" 0.50 "${pids[2]}"
compare "proxied 1 KB, signed in" "http://127.0.0.1:$edge/modules/bench/" "http://127.0.0.1:$proxy/" 0.90 "${pids[3]}"
printf 'edge RSS %s MB\n' "$(ps -o rss= -p "${pids[1]}" | awk '{printf "%d", $1 / 1024}')"
exit $failed
