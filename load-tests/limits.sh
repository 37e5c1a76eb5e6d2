#!/usr/bin/env bash
# What limits and bans cost: a limited and a banned client against a bare Vert.x server that sends as many bytes, and what
# everybody else asks for against the same edge without limits and guard, and how much longer they wait beside a banned client
# that asks 5,000 times a second than when it asks another server on the same machine. As load-tests/run.sh: one core each,
# interleaved rounds, medians. Needs: wrk, taskset, chrt, curl, a built jar.
set -euo pipefail
cd "$(dirname "$0")/.."

jar=target/molos-edge.jar
warmup=${WARMUP:-20} round=${ROUND:-5} rounds=${ROUNDS:-7} connections=${CONNECTIONS:-64}
edge=24273 management=24274 bare=24275 bare_management=24276 limited=24280 banned=24281 upstream=24282 elsewhere=24283
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
trap cleanup EXIT
need wrk taskset chrt curl java mvn

cat > "$work/modules.yaml" <<YAML
development: {modules: [{id: bench, external: true, upstream: "http://127.0.0.1:$upstream", access: user}]}
YAML
mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath"
jvm=(-Xms256m -Xmx256m -XX:+UseSerialGC)
export EDGE_CONFIG='' MODULES_CONFIG="$work/modules.yaml" SERVER_EVENT_LOOPS=1 TRUSTED_PROXIES=127.0.0.1/32
start 1 upstream java "${jvm[@]}" -cp "$(cat "$work/classpath")" load-tests/Reference.java answer $upstream 1024
LIMITS_ANONYMOUS_RATE=1 LIMITS_ANONYMOUS_BURST=20 LIMITS_PERSON_RATE=1000000 LIMITS_PERSON_BURST=1000000 LIMITS_CONCURRENT=1000 \
  DATA_DIR="$work/data" PORT=$edge MANAGEMENT_PORT=$management start 0 edge java "${jvm[@]}" -jar "$jar"
LIMITS_MODE=off INTRUSION_MODE=off DATA_DIR="$work/bare" PORT=$bare MANAGEMENT_PORT=$bare_management start 0 bare java "${jvm[@]}" -jar "$jar"
await "http://127.0.0.1:$management/readyz"
await "http://127.0.0.1:$bare_management/readyz"
cookie=$(sign_up "http://127.0.0.1:$edge")
bare_cookie=$(sign_up "http://127.0.0.1:$bare")

ask() { curl -s -o /dev/null -w '%{http_code}' -H "X-Forwarded-For: $1" "http://127.0.0.1:$edge$2"; }
for _ in $(seq 1 40); do ask 203.0.113.1 /api/auth/ok > /dev/null; done
for path in /.env /.git/config /backup.sql /id_rsa /.htpasswd; do ask 203.0.113.2 "$path" > /dev/null; done
[ "$(ask 203.0.113.1 /nowhere)" = 429 ] || { echo "load-tests: nobody is limited"; exit 1; }
[ "$(ask 203.0.113.2 /nowhere)" = 403 ] || { echo "load-tests: nobody is banned"; exit 1; }
own=$(printf 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 600\r\n\r\n' | wc -c)
bytes() { echo $(($(curl -s -i -H "X-Forwarded-For: $1" "http://127.0.0.1:$edge/nowhere" | wc -c) - own)); }
start 0 limited java "${jvm[@]}" -cp "$(cat "$work/classpath")" load-tests/Reference.java answer $limited "$(bytes 203.0.113.1)"
start 0 banned java "${jvm[@]}" -cp "$(cat "$work/classpath")" load-tests/Reference.java answer $banned "$(bytes 203.0.113.2)"
start 1 elsewhere chrt --idle 0 java "${jvm[@]}" -cp "$(cat "$work/classpath")" load-tests/Reference.java \
  answer $elsewhere "$(bytes 203.0.113.2)" 403
await "http://127.0.0.1:$limited/"
await "http://127.0.0.1:$banned/"
for _ in $(seq 1 150); do curl -s -o /dev/null "http://127.0.0.1:$elsewhere/" && break; sleep 0.1; done

rate() { # address, cookie, url -> requests per second, whatever the status
  taskset -c 1 wrk -t1 -c"$connections" -d"${4:-$round}s" -H "X-Forwarded-For: $1" -H "Cookie: $2" "$3" | awk '/Requests\/sec/ {print $2}'
}
failed=0
compare() { # name, address, cookie, edge url, cookie, reference url, least ratio
  local ratios=() mine theirs median
  rate "$2" "$3" "$4" "$warmup" > /dev/null
  rate "$2" "$5" "$6" "$warmup" > /dev/null
  for _ in $(seq 1 "$rounds"); do
    mine=$(rate "$2" "$3" "$4")
    theirs=$(rate "$2" "$5" "$6")
    ratios+=("$(awk -v a="$mine" -v b="$theirs" 'BEGIN {printf "%.3f", a / b}')")
    printf '    %-28s edge %9s/s   reference %9s/s   ratio %s\n' "$1" "$mine" "$theirs" "${ratios[-1]}"
  done
  median=$(printf '%s\n' "${ratios[@]}" | median "$rounds")
  if awk -v m="$median" -v least="$7" 'BEGIN {exit !(m >= least)}'; then verdict=ok; else verdict=BELOW failed=1; fi
  printf '%-7s %-28s median ratio %s (at least %s)\n' "$verdict" "$1" "$median" "$7"
}

compare "banned" 203.0.113.2 none=1 "http://127.0.0.1:$edge/nowhere" none=1 "http://127.0.0.1:$banned/" 0.85
[ "$(ask 203.0.113.2 /nowhere)" = 403 ] || { echo "BELOW   the ban did not last"; failed=1; }
compare "limited" 203.0.113.1 none=1 "http://127.0.0.1:$edge/nowhere" none=1 "http://127.0.0.1:$limited/" 0.75
compare "get-session" 203.0.113.3 "$cookie" "http://127.0.0.1:$edge/api/auth/get-session" \
  "$bare_cookie" "http://127.0.0.1:$bare/api/auth/get-session" 0.95
compare "proxied 1 KB, signed in" 203.0.113.3 "$cookie" "http://127.0.0.1:$edge/modules/bench/" \
  "$bare_cookie" "http://127.0.0.1:$bare/modules/bench/" 0.95
# One that is banned now: the first one's ten minutes may end.
for path in /.env /.git/config /backup.sql /id_rsa /.htpasswd; do ask 203.0.113.5 "$path" > /dev/null; done
beside=$(taskset -c 1 java "${jvm[@]}" load-tests/Beside.java "$edge" /api/auth/get-session 203.0.113.5 203.0.113.4 "$cookie" "$rounds" "$round" "$elsewhere") || failed=1
sed '$d' <<< "$beside"
change=${beside##* }
if awk -v c="$change" 'BEGIN {exit !(c < 0.2)}'; then verdict=ok; else verdict=BELOW failed=1; fi
printf '%-7s %-28s median change of p99 %s (less than 0.2)\n' "$verdict" "beside a banned client" "$change"
exit $failed
