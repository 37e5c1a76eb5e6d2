#!/usr/bin/env bash
# Measures TLS: a proxied kilobyte by HTTP/2 (8 connections with 8 streams each) against the same edge by HTTP/1.1 (64
# connections), interleaved, and reports both beside nginx and Caddy. One core each, h2load and the upstream on the other.
# Needs: h2load (nghttp2-client), nginx, caddy, openssl, taskset, curl, a built jar. About two minutes. peers.sh runs it, too.
set -euo pipefail
cd "$(dirname "$0")/.."
warmup=${WARMUP:-20} round=${ROUND:-4} rounds=${ROUNDS:-7} connections=0
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
: "$connections"
trap cleanup EXIT
need h2load nginx caddy openssl taskset curl java
edge=24773 upstream=24780 nginx=24781 caddy=24782

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2> /dev/null
body=$(head -c 1024 /dev/zero | tr '\0' x)
temporary="client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;"
cat > "$work/up.conf" <<CONF
daemon off; worker_processes 1; pid $work/up.pid; error_log $work/up-error.log;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 1000000; default_type application/json; $temporary
  server { listen 127.0.0.1:$upstream backlog=1024; location / { return 200 "$body"; } } }
CONF
cat > "$work/ng.conf" <<CONF
daemon off; worker_processes 1; pid $work/ng.pid; error_log $work/ng-error.log;
events { worker_connections 4096; }
http { access_log $work/ng-access.log; keepalive_requests 1000000; $temporary
  upstream up { server 127.0.0.1:$upstream; keepalive 256; keepalive_requests 1000000; }
  server { listen 127.0.0.1:$nginx ssl http2 backlog=1024; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
    location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header X-Forwarded-For \$remote_addr; proxy_set_header Host \$host; } } }
CONF
cat > "$work/Caddyfile" <<CONF
{
  admin off
  auto_https off
}
https://127.0.0.1:$caddy {
  bind 127.0.0.1
  tls $work/cert.pem $work/key.pem
  log {
    output file $work/caddy.access
  }
  reverse_proxy 127.0.0.1:$upstream
}
CONF
cat > "$work/modules.yaml" <<YAML
development:
  modules:
    - {id: bench, repository: r, tag: v1, upstream: "http://127.0.0.1:$upstream", access: public}
YAML
start 1 upstream nginx -c "$work/up.conf" -p "$work"
EDGE_CONFIG='' DATA_DIR="$work/data" PORT=$edge MANAGEMENT_PORT=$((edge + 1)) MODULES_CONFIG="$work/modules.yaml" \
  ORIGIN=https://localhost:$edge TLS_CERT="$work/cert.pem" TLS_KEY="$work/key.pem" SERVER_EVENT_LOOPS=1 \
  start 0 edge java -Xms256m -Xmx256m -XX:+UseSerialGC -jar target/molos-edge.jar
start 0 nginx nginx -c "$work/ng.conf" -p "$work"
HOME="$work" GOMAXPROCS=1 start 0 caddy caddy run --adapter caddyfile --config "$work/Caddyfile"
await "http://127.0.0.1:$((edge + 1))/readyz"
for port in $nginx $caddy; do
  for _ in $(seq 1 50); do curl -sfk -o /dev/null "https://127.0.0.1:$port/" && break; sleep 0.1; done
done

load() { # seconds, version, url -> requests per second; any answer but 2xx ends the run
  local out options
  if [ "$2" = h1 ]; then options=(--h1 -c 64); else options=(-c 8 -m 8); fi
  out=$(taskset -c 1 h2load -t1 "${options[@]}" -D "$1" "$3")
  grep -q ' 0 failed, 0 errored, 0 timeout' <<< "$out" || { echo "load-tests: $3 failed some" >&2; echo "$out" >&2; return 1; }
  sed -n 's/^finished in .*, \([0-9.]*\) req\/s.*/\1/p' <<< "$out"
}
echo "  warming up"
bench=https://127.0.0.1:$edge/modules/bench/
for _ in 1 2 3; do for version in h1 h2; do load "$((warmup / 5 + 1))" $version "$bench" > /dev/null; done; done

names=(edge nginx caddy)
urls=("$bench" "https://127.0.0.1:$nginx/" "https://127.0.0.1:$caddy/")
printf '  %-6s' round
for name in "${names[@]}"; do printf ' %12s %12s' "$name h1" "$name h2"; done
printf '\n'
for r in $(seq 1 "$rounds"); do
  printf '  %-6s' "$r"
  for i in "${!names[@]}"; do
    h1=$(load "$round" h1 "${urls[$i]}")
    h2=$(load "$round" h2 "${urls[$i]}")
    printf ' %12.0f %12.0f' "$h1" "$h2"
    awk -v a="$h2" -v b="$h1" 'BEGIN {printf "%.3f\n", a / b}' >> "$work/r.${names[$i]}"
  done
  printf '\n'
done
failed=0
for name in "${names[@]}"; do
  ratio=$(median "$rounds" < "$work/r.$name")
  if [ "$name" != edge ]; then
    printf 'ok      %-36s %10s  (reported)\n' "HTTP/2 of HTTP/1.1 by TLS, $name" "$ratio"
  elif awk -v v="$ratio" 'BEGIN {exit !(v >= 0.7)}'; then
    printf 'ok      %-36s %10s  (at least 0.7)\n' "HTTP/2 of HTTP/1.1 by TLS, edge" "$ratio"
  else
    printf 'BELOW   %-36s %10s  (at least 0.7)\n' "HTTP/2 of HTTP/1.1 by TLS, edge" "$ratio"; failed=1
  fi
done
exit $failed
