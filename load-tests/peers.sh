#!/usr/bin/env bash
# Measures the edge against nginx, HAProxy, Caddy and a bare vertx-http-proxy as the proxy of one upstream, in one run: each
# on one core, wrk and the upstream on the other; interleaved rounds, the median of the per-round ratios. The edge does what
# the others do not: it checks a session, signs an assertion, counts, and logs; nginx and HAProxy log too.
# Needs: wrk, h2load (nghttp2-client), nginx, haproxy, caddy, taskset, curl, a built jar. About nine minutes.
#
#   proxied 1 KB, signed in           at least 0.9 of vertx-http-proxy and 2 times Caddy; of nginx and HAProxy: reported
#   p99 that the edge adds            under 5 ms at half of what it can do
#   300 modules                       as fast as one, within 10 %
set -euo pipefail
cd "$(dirname "$0")/.."

jar=target/molos-edge.jar
warmup=${WARMUP:-20} round=${ROUND:-4} rounds=${ROUNDS:-7}
# shellcheck disable=SC2034  # lib.sh uses it
connections=${CONNECTIONS:-64}
edge=24473 many=24475 upstream=24480 vertx=24481 nginx=24482 haproxy=24483 caddy=24484
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
trap cleanup EXIT
need wrk h2load nginx haproxy caddy taskset curl java mvn

one() { # id, path
  printf '    - {id: %s, repository: r, tag: v1.0.0, upstream: "http://127.0.0.1:%s", paths: [%s], access: user}\n' "$1" "$upstream" "$2"
}
{ printf 'development:\n  modules:\n'; one bench /modules/bench; } > "$work/one.yaml"
{ printf 'development:\n  modules:\n'; for i in $(seq 1 299); do one "m$i" "/apps/group/m$i"; done; one bench /modules/bench; } > "$work/many.yaml"

mkdir -p "$work/up" "$work/ng"
body=$(head -c 1024 /dev/zero | tr '\0' x)
cat > "$work/up.conf" <<CONF
daemon off; worker_processes 1; pid $work/up/pid; error_log $work/up/error.log;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 1000000; default_type application/json;
  client_body_temp_path $work/up; proxy_temp_path $work/up; fastcgi_temp_path $work/up; uwsgi_temp_path $work/up; scgi_temp_path $work/up;
  server { listen 127.0.0.1:$upstream backlog=1024; location / { return 200 "$body"; } } }
CONF
cat > "$work/ng.conf" <<CONF
daemon off; worker_processes 1; pid $work/ng/pid; error_log $work/ng/error.log;
events { worker_connections 4096; }
http { access_log $work/ng/access.log; keepalive_requests 1000000;
  client_body_temp_path $work/ng; proxy_temp_path $work/ng; fastcgi_temp_path $work/ng; uwsgi_temp_path $work/ng; scgi_temp_path $work/ng;
  upstream up { server 127.0.0.1:$upstream; keepalive 256; keepalive_requests 1000000; }
  server { listen 127.0.0.1:$nginx backlog=1024; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header X-Forwarded-For \$remote_addr; proxy_set_header Host \$host; } } }
CONF
cat > "$work/haproxy.cfg" <<CONF
global
  nbthread 1
  maxconn 4096
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  option forwardfor
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:$haproxy
  default_backend up
backend up
  server a 127.0.0.1:$upstream
CONF
cat > "$work/Caddyfile" <<CONF
{
  admin off
  auto_https off
}
http://127.0.0.1:$caddy {
  bind 127.0.0.1
  log {
    output file $work/caddy.access
  }
  reverse_proxy 127.0.0.1:$upstream
}
CONF

mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath"
jvm=(-Xms256m -Xmx256m -XX:+UseSerialGC)
start 1 upstream nginx -c "$work/up.conf" -p "$work/up"
for pair in "edge one $edge" "many many $many"; do
  read -r name list port <<< "$pair"
  EDGE_CONFIG='' DATA_DIR="$work/data-$name" PORT=$port MANAGEMENT_PORT=$((port + 20)) MODULES_CONFIG="$work/$list.yaml" \
    SERVER_EVENT_LOOPS=1 ACCESS_LOG=true start 0 "$name" java "${jvm[@]}" -jar "$jar"
  await "http://127.0.0.1:$port/api/health"
done
start 0 vertx java "${jvm[@]}" -cp "$(cat "$work/classpath")" load-tests/Reference.java proxy $vertx $upstream
start 0 nginx nginx -c "$work/ng.conf" -p "$work/ng"
start 0 haproxy haproxy -f "$work/haproxy.cfg"
HOME="$work" GOMAXPROCS=1 start 0 caddy caddy run --adapter caddyfile --config "$work/Caddyfile"
for port in $vertx $nginx $haproxy $caddy; do await "http://127.0.0.1:$port/"; done

cookie=$(sign_up "http://127.0.0.1:$edge")
cookie_many=$(sign_up "http://127.0.0.1:$many")
if [ -z "$cookie" ] || [ -z "$cookie_many" ]; then echo "load-tests: no session cookie"; exit 1; fi

failed=0
verdict() { # name, value, awk condition on v, what is wanted
  if awk -v v="$2" "BEGIN {exit !($3)}"; then printf 'ok      %-36s %10s  (%s)\n' "$1" "$2" "$4"; else
    printf 'BELOW   %-36s %10s  (%s)\n' "$1" "$2" "$4"; failed=1; fi
}

names=(vertx nginx haproxy caddy)
ports=("$vertx" "$nginx" "$haproxy" "$caddy")
echo "  warming up"
warm "${pids[1]}" "http://127.0.0.1:$edge/modules/bench/" "$cookie"
warm "${pids[2]}" "http://127.0.0.1:$many/modules/bench/" "$cookie_many"
warm "${pids[3]}" "http://127.0.0.1:$vertx/" "$cookie"
printf '  %-8s %10s' round edge; printf ' %10s' "${names[@]}"; printf '\n'
for r in $(seq 1 "$rounds"); do
  mine=$(measure "$round" "http://127.0.0.1:$edge/modules/bench/" "$cookie")
  printf '  %-8s %10.0f' "$r" "$mine"
  echo "$mine" >> "$work/r.edge"
  for i in "${!names[@]}"; do
    theirs=$(measure "$round" "http://127.0.0.1:${ports[$i]}/" "$cookie")
    printf ' %10.0f' "$theirs"
    awk -v a="$mine" -v b="$theirs" 'BEGIN {printf "%.3f\n", a / b}' >> "$work/r.${names[$i]}"
  done
  printf '\n'
done
verdict "of vertx-http-proxy" "$(median "$rounds" < "$work/r.vertx")" 'v >= 0.9' "at least 0.9"
for name in nginx haproxy; do verdict "of $name" "$(median "$rounds" < "$work/r.$name")" 1 "reported"; done
verdict "of caddy" "$(median "$rounds" < "$work/r.caddy")" 'v >= 2' "at least 2"

# The one has been at work all the while; the other one gets as much before they are compared.
measure "$((rounds * round + warmup / 2))" "http://127.0.0.1:$many/modules/bench/" "$cookie_many" > /dev/null
for _ in $(seq 1 "$rounds"); do
  a=$(measure "$round" "http://127.0.0.1:$edge/modules/bench/" "$cookie")
  b=$(measure "$round" "http://127.0.0.1:$many/modules/bench/" "$cookie_many")
  awk -v a="$a" -v b="$b" 'BEGIN {printf "%.3f\n", b / a}' >> "$work/r.many"
done
verdict "300 modules of one" "$(median "$rounds" < "$work/r.many")" 'v >= 0.9' "at least 0.9"

# At a rate that does not wait for answers, from a client that costs its core next to nothing. The half is taken anew each
# time: what the machine can do changes from minute to minute.
clients=20
p99() { # url, requests per second -> milliseconds
  taskset -c 1 h2load --h1 -t1 -c $clients -D 5 --rps=$(($2 / clients)) --log-file="$work/latencies" -H "Cookie: $cookie" "$1" > /dev/null
  awk '{print $3}' "$work/latencies" | sort -n | awk '{a[NR] = $1} END {printf "%.2f", a[int(NR * 0.99)] / 1000}'
  rm "$work/latencies"
}
for _ in $(seq 1 "$rounds"); do
  half=$(measure 2 "http://127.0.0.1:$edge/modules/bench/" "$cookie" | awk '{printf "%d", $1 / 2}')
  direct=$(p99 "http://127.0.0.1:$upstream/" "$half")
  through=$(p99 "http://127.0.0.1:$edge/modules/bench/" "$half")
  printf '  p99 at %6d/s: direct %s ms, through the edge %s ms\n' "$half" "$direct" "$through"
  awk -v a="$direct" -v b="$through" 'BEGIN {printf "%.2f\n", b - a}' >> "$work/r.p99"
done
verdict "p99 added at half load, ms" "$(median "$rounds" < "$work/r.p99")" 'v < 5' "under 5"

cleanup
pids=()
load-tests/secure.sh || failed=1
exit $failed
