# What the load tests share. Sourced; wants $work, $warmup, $round and $connections.
# shellcheck shell=bash disable=SC2154
pids=()
# shellcheck disable=SC2317  # a trap calls it
cleanup() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}

need() { # tools...
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "load-tests: $tool is missing (Debian: apt-get install $tool)"; exit 64; }
  done
  [ -f target/molos-edge.jar ] || { echo "load-tests: build first: mvn -q -DskipTests package"; exit 64; }
}

await() { # url
  for _ in $(seq 1 150); do curl -sf -o /dev/null "$1" && return 0; sleep 0.1; done
  echo "load-tests: $1 never answered"; cat "$work"/*.log; exit 1
}

start() { # cores, name, command...
  local cores=$1 name=$2; shift 2
  taskset -c "$cores" "$@" > "$work/$name.out" 2> "$work/$name.log" &
  pids+=($!)
}

measure() { # seconds, url, cookie -> requests per second; any answer but 2xx ends the run
  local out
  out=$(taskset -c 1 wrk -t1 -c"$connections" -d"$1s" -H "Cookie: $3" "$2")
  if grep -q 'Non-2xx' <<< "$out"; then echo "load-tests: $2 answered other than 2xx" >&2; echo "$out" >&2; return 1; fi
  awk '/Requests\/sec/ {print $2}' <<< "$out"
}

compiled() { # pid of a JVM -> clock ticks that its optimizing compiler has used
  local task ticks=0
  for task in /proc/"$1"/task/*; do
    case "$(cat "$task/comm" 2>/dev/null)" in
      C2*) ticks=$((ticks + $(sed 's/.*) //' "$task/stat" | awk '{print $12 + $13}'))) ;;
    esac
  done
  echo "$ticks"
}

# The compiler shares the one core with what it compiles; how long it needs depends on how fast the machine is at the moment.
warm() { # pid, url, cookie: for $warmup seconds, and on until the compiler takes less than a twentieth; six times as long at most
  local begun=$SECONDS before
  while true; do
    before=$(compiled "$1")
    measure 5 "$2" "$3" > /dev/null
    if [ $((SECONDS - begun)) -ge $((6 * warmup)) ]; then return 0; fi
    if [ $((SECONDS - begun)) -ge "$warmup" ] && [ $(($(compiled "$1") - before)) -lt 25 ]; then return 0; fi
  done
}

sign_up() { # base url -> the session cookie
  curl -sf -i "$1/api/auth/sign-up/email" -H 'Content-Type: application/json' -H 'X-Forwarded-For: 192.0.2.9' \
    -d '{"name":"Load","email":"load@example.org","password":"correct horse battery"}' \
    | tr -d '\r' | sed -n 's/^set-cookie: \([^;]*\);.*/\1/ip' | head -1
}

median() { sort -n | sed -n "$(($1 / 2 + 1))p"; } # how many, on standard input
