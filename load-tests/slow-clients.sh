#!/usr/bin/env bash
# What a thousand slow clients do to an honest one: heads that drip (-H), bodies that drip (-B), overlapping ranges (-R), answers
# that nobody reads (-X), and TLS handshakes that stop. Its p99 stays below 200 ms throughout. Ends with 1 when it does not.
#   Debian: slowhttptest curl openssl
#   CONNECTIONS=1000 DURATION=60 load-tests/slow-clients.sh
set -euo pipefail
cd "$(dirname "$0")/.."
many=${CONNECTIONS:-1000} duration=${DURATION:-60}
round=0 warmup=0 connections=0
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
: "$round" "$warmup" "$connections"
trap cleanup EXIT
need curl java openssl slowhttptest
ulimit -n "$(ulimit -Hn)"

mkdir "$work/files"
head -c 5000000 /dev/urandom | base64 > "$work/files/large.txt"
echo 'small' > "$work/files/small.txt"
cat > "$work/modules.yaml" <<YAML
development:
  modules:
    - {id: files, static: $work/files, access: public}
YAML
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -keyout "$work/edge.key" -out "$work/edge.pem" 2> /dev/null
plain=24683 secure=24685
export EDGE_CONFIG='' MODULES_CONFIG="$work/modules.yaml" AUTH_SETUP_TOKEN=off
DATA_DIR="$work/plain" PORT=$plain MANAGEMENT_PORT=$((plain + 1)) \
  start 0,1 plain java -Xmx256m -XX:+UseSerialGC -jar target/molos-edge.jar
DATA_DIR="$work/secure" PORT=$secure MANAGEMENT_PORT=$((secure + 1)) ORIGIN=https://localhost:$secure \
  TLS_CERT="$work/edge.pem" TLS_KEY="$work/edge.key" \
  start 0,1 secure java -Xmx256m -XX:+UseSerialGC -jar target/molos-edge.jar
await "http://127.0.0.1:$((plain + 1))/readyz"
await "http://127.0.0.1:$((secure + 1))/readyz"
url=http://localhost:$plain
# The first thousand requests compile what the others use; a cold JVM is another matter.
for _ in $(seq 1 300); do curl -s "$url/api/health" "$url/modules/files/small.txt" > /dev/null; done

failed=0
attack() { # name, seconds of it, command...
  local name=$1; shift
  mkfifo "$work/$name"
  java -Xmx128m load-tests/Honest.java "$url/api/health" "$url/modules/files/small.txt" < "$work/$name" > "$work/honest.out" 2>&1 &
  local honest=$!
  pids+=("$honest")
  exec 3> "$work/$name"
  for _ in $(seq 1 100); do grep -q begun "$work/honest.out" && break; sleep 0.1; done
  timeout $((duration + 30)) "$@" > "$work/$name.out" 2>&1 || true
  echo >&3
  exec 3>&-
  wait "$honest" || true
  local outcome p99 errors
  outcome=$(tail -1 "$work/honest.out")
  p99=$(sed -n 's/.*p99ms=\([0-9.]*\).*/\1/p' <<< "$outcome")
  errors=$(sed -n 's/.*errors=\([0-9]*\).*/\1/p' <<< "$outcome")
  if awk -v p99="$p99" -v errors="$errors" 'BEGIN { exit !(p99 != "" && p99 < 200 && errors == 0) }'; then
    printf 'ok      %-28s %s\n' "$name" "$outcome"
  else
    printf 'BELOW   %-28s %s\n' "$name" "$outcome"; failed=1
  fi
}
slow=(slowhttptest -c "$many" -l "$duration" -r 200 -p 3)
attack 'heads that drip' "${slow[@]}" -H -i 10 -x 24 -u "$url/"
attack 'bodies that drip' "${slow[@]}" -B -i 10 -s 8192 -x 24 -u "$url/api/auth/sign-in/email"
attack 'overlapping ranges' "${slow[@]}" -R -a 5 -b 3000 -t HEAD -u "$url/modules/files/large.txt"
attack 'answers that nobody reads' "${slow[@]}" -X -w 512 -y 1024 -n 5 -z 32 -k 3 -u "$url/modules/files/large.txt"
attack 'heads that drip, by TLS' "${slow[@]}" -H -i 10 -x 24 -u "https://localhost:$secure/"
# shellcheck disable=SC2317  # exported, and called by the shell that is attacked from
half() { # opens connections that never shake hands
  local fds=() fd
  for _ in $(seq 1 "$many"); do
    if { exec {fd}<> "/dev/tcp/127.0.0.1/$secure"; } 2> /dev/null; then fds+=("$fd"); fi
  done
  sleep "$duration"
  # From another address: who holds hundreds of handshakes open has no more of them, and that is the limit's business.
  curl -sfk -m 5 --interface 127.0.0.2 -o /dev/null "https://127.0.0.1:$secure/livez" || echo "no answer by TLS"
  for fd in "${fds[@]}"; do exec {fd}>&-; done
}
export -f half
export many secure duration
attack 'handshakes that stop' bash -c half
grep -q 'no answer' "$work/handshakes that stop.out" && { echo 'an honest client found no place by TLS'; failed=1; }
exit $failed
