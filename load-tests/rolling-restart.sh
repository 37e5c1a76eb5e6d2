#!/usr/bin/env bash
# Two edges on one PostgreSQL behind a balancer; each is restarted again and again under load. Not one request may fail, and
# WebSockets may be closed by 1001 only. Ends with 1 when it is not so. About four minutes; RESTARTS=1 for a short one.
#   Debian: haproxy nginx-light postgresql curl
#   RESTARTS=5 RATE=200 SOCKETS=20 BALANCERS='haproxy nginx' load-tests/rolling-restart.sh
set -euo pipefail
cd "$(dirname "$0")/.."
restarts=${RESTARTS:-5} rate=${RATE:-200} sockets=${SOCKETS:-20} balancers=${BALANCERS:-haproxy nginx}
round=0 warmup=0 connections=0
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
: "$round" "$warmup" "$connections"
trap 'stop_database; cleanup' EXIT
need curl java haproxy nginx
postgres=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
[ -n "$postgres" ] || { echo "load-tests: postgresql is missing (Debian: apt-get install postgresql)"; exit 64; }

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
# shellcheck disable=SC2317  # a trap calls it
stop_database() { as_postgres "$postgres/pg_ctl" -D "$work/pg" -m immediate -w stop > /dev/null 2>&1 || true; }
database_port=24580 upstream=24581 front=24582
ports=(24583 24585)
chmod 755 "$work"
mkdir "$work/pg"
[ "$(id -u)" != 0 ] || chown postgres "$work/pg"
as_postgres "$postgres/initdb" -D "$work/pg" -A trust -U edge > "$work/initdb.log" 2>&1
as_postgres "$postgres/pg_ctl" -D "$work/pg" -w -l "$work/pg/log" \
  -o "-p $database_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=" start > /dev/null

cat > "$work/modules.yaml" <<YAML
development:
  modules:
    - {id: m, repository: r, tag: v1, upstream: "http://127.0.0.1:$upstream", access: public}
YAML
start 0,1 upstream java load-tests/Rolling.java upstream $upstream
for _ in $(seq 1 100); do grep -q 'upstream ready' "$work/upstream.out" && break; sleep 0.1; done

# Without descriptor 3: the load ends when nobody has its other end any more.
edge() { # index: starts one, and returns when it says that it has started; not by /readyz, which balancers ask
  local port=${ports[$1]}
  EDGE_CONFIG='' DATA_DIR="$work/data$1" MODULES_CONFIG="$work/modules.yaml" PORT=$port MANAGEMENT_PORT=$((port + 1)) \
    ORIGIN=http://localhost:$front TRUSTED_PROXIES=127.0.0.1/32 BETTER_AUTH_SECRET=a-secret-of-forty-characters-for-this-only \
    DATABASE_URL=postgresql://edge@127.0.0.1:$database_port/postgres AUTH_SETUP_TOKEN=off AUTH_SIGN_UP=open \
    SHUTDOWN_DELAY=3s SHUTDOWN_SPREAD=2s SHUTDOWN_GRACE=10s SHUTDOWN_DEADLINE=20s BALANCER_DETECTION=2s \
    java -Xmx256m -XX:+UseSerialGC -jar target/molos-edge.jar > "$work/edge$1.out" 2>> "$work/edge$1.log" 3>&- &
  edges[$1]=$!
  pids+=($!)
  await "http://127.0.0.1:$((port + 1))/startupz"
}
edges=()
edge 0
edge 1
cookie=$(sign_up "http://localhost:${ports[0]}" || true)
[ -n "$cookie" ] || { echo "load-tests: no sign-up"; tail -5 "$work/edge0.log"; exit 1; }

cat > "$work/haproxy.cfg" <<CFG
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 75s
    timeout tunnel 1h
    option redispatch
frontend site
    bind 127.0.0.1:$front
    default_backend edge
backend edge
    option forwardfor
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host localhost:$front
    http-check expect status 200
    server edge1 127.0.0.1:${ports[0]} check inter 500ms fall 2 rise 1
    server edge2 127.0.0.1:${ports[1]} check inter 500ms fall 2 rise 1
CFG
cat > "$work/nginx.conf" <<CFG
pid $work/nginx.pid;
daemon off;
error_log $work/nginx-error.log;
# Its default of 512 is passed when the machine stands still for a second: each request takes two, each WebSocket too.
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path $work/n1; proxy_temp_path $work/n2; fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;
  map \$http_upgrade \$connection_upgrade { default upgrade; '' ''; }
  upstream edge {
    server 127.0.0.1:${ports[0]} max_fails=1 fail_timeout=1s;
    server 127.0.0.1:${ports[1]} max_fails=1 fail_timeout=1s;
    keepalive 32;
  }
  server {
    listen 127.0.0.1:$front;
    location / {
      proxy_pass http://edge;
      proxy_http_version 1.1;
      proxy_set_header Host \$http_host;
      proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
      proxy_set_header Upgrade \$http_upgrade;
      proxy_set_header Connection \$connection_upgrade;
      proxy_read_timeout 1h;
    }
  }
}
CFG

failed=0
for balancer in $balancers; do
  case "$balancer" in
    haproxy) haproxy -db -f "$work/haproxy.cfg" > "$work/haproxy.log" 2>&1 & ;;
    nginx) nginx -c "$work/nginx.conf" -p "$work" > "$work/nginx.log" 2>&1 & ;;
  esac
  front_pid=$!
  pids+=("$front_pid")
  await "http://127.0.0.1:$front/livez"
  sleep 1
  mkfifo "$work/$balancer"
  java -Xmx256m load-tests/Rolling.java load "http://localhost:$front" "http://localhost:$front" "$cookie" "$rate" "$sockets" \
    < "$work/$balancer" > "$work/load.out" 2>&1 &
  load=$!
  pids+=("$load")
  exec 3> "$work/$balancer"
  for _ in $(seq 1 100); do grep -q begun "$work/load.out" && break; sleep 0.1; done
  sleep 3
  for _ in $(seq 1 "$restarts"); do
    for index in 0 1; do
      code=0
      kill "${edges[$index]}"
      wait "${edges[$index]}" || code=$?
      [ "$code" = 0 ] || { echo "edge $index ended with $code"; failed=1; }
      tail -1 "$work/edge$index.log" | grep -q 'nothing was cut' || { echo "edge $index: $(tail -1 "$work/edge$index.log")"; failed=1; }
      edge "$index"
      sleep 3
    done
  done
  exec 3>&-
  wait "$load" || failed=1
  printf '%-8s %s restarts of each: %s\n' "$balancer" "$restarts" "$(tail -1 "$work/load.out")"
  grep '^failed' "$work/load.out" | head -5 || true
  [ "$failed" = 0 ] || [ ! -f "$work/nginx-error.log" ] || { grep '\[alert\]' "$work/nginx-error.log" | tail -3 || true; }
  kill "$front_pid"
  wait "$front_pid" 2>/dev/null || true
done
exit $failed
