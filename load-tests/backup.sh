#!/usr/bin/env bash
# What a backup by schedule does to people: get-session as fast as it goes, and then 400 times a second, while the edge backs up
# half a million sessions every two minutes. The p99 of rounds beside a backup stays below twice that of the others, in both. Ends
# with 1 when it does not.
#   Debian: curl python3 wrk
#   SESSIONS=450000 ROUND=4 ROUNDS=80 RATE=400 WARMUP=20 load-tests/backup.sh
set -euo pipefail
cd "$(dirname "$0")/.."
sessions=${SESSIONS:-450000} round=${ROUND:-4} rounds=${ROUNDS:-80} rate=${RATE:-400} warmup=${WARMUP:-20} connections=8
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
trap cleanup EXIT
need curl java python3 wrk taskset
export EDGE_CONFIG='' DATA_DIR="$work/data" PORT=24691 MANAGEMENT_PORT=24692 AUTH_SETUP_TOKEN=off
java -jar target/molos-edge.jar migrate apply
python3 - "$work/data/molos.db" "$sessions" <<'PY'
import hashlib, sqlite3, sys, time
db, count, now = sqlite3.connect(sys.argv[1]), int(sys.argv[2]), int(time.time() * 1000)
for i in range(10000):
    db.execute("INSERT INTO users (id, name, email, created_at, updated_at) VALUES (?, ?, ?, ?, ?)", (f"user{i:028d}", f"Person {i}", f"person{i}@example.org", now, now))
db.executemany(
    "INSERT INTO sessions (id, token_hash, user_id, expires_at, ends_at, ip_address, user_agent, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ((f"sess{i:028d}", hashlib.sha256(str(i).encode()).hexdigest(), f"user{i % 10000:028d}", now + 10**9, now + 10**10, "203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", now, now) for i in range(count)))
db.commit()
PY
# Never twice the same, so that each backup is made whole.
BACKUP_SCHEDULE=2m BACKUP_JITTER=0s BACKUP_CHECK_INTERVAL=1s AUTH_SIGN_UP=open ACCESS_LOG=false \
  start 0-1 edge java -Xmx256m -jar target/molos-edge.jar
await "http://localhost:$PORT/api/health"
cookie=$(sign_up "http://localhost:$PORT")
(while sleep 20; do curl -sf -o /dev/null "http://localhost:$PORT/api/auth/sign-in/email" -H 'Content-Type: application/json' \
  -d '{"email":"load@example.org","password":"correct horse battery"}' || true; done) &
pids+=($!)
measure "$warmup" "http://localhost:$PORT/api/auth/get-session" "$cookie" > /dev/null
making() { find "$work/data/scratch" -name 'scratch-*' | grep -c . || true; }
: > "$work/alone"; : > "$work/beside"
for _ in $(seq 1 "$rounds"); do
  before=$(making)
  p99=$(wrk -t1 -c"$connections" -d"${round}s" --latency -H "Cookie: $cookie" "http://localhost:$PORT/api/auth/get-session" \
    | awk '/ 99%/ { t = $2; if (t ~ /us$/) t /= 1000; print t + 0 }')
  after=$(making)
  # One that began or ended in between counts for neither.
  [ "$before" = 0 ] && [ "$after" = 0 ] && echo "$p99" >> "$work/alone"
  [ "$before" != 0 ] && [ "$after" != 0 ] && echo "$p99" >> "$work/beside"
done
alone=$(median "$(wc -l < "$work/alone")" < "$work/alone") beside=$(median "$(wc -l < "$work/beside")" < "$work/beside")
steady=$(java -Xmx128m -XX:+UseSerialGC load-tests/Steady.java "$PORT" /api/auth/get-session "$cookie" "$rate" "$rounds" "$round" "$work/data/scratch")
grep -c 'Backed up' "$work/edge.log" | sed 's/$/ backups/'
failed=0
judge() { # what, p99 alone, rounds, p99 beside, rounds
  awk -v what="$1" -v a="$2" -v n="$3" -v b="$4" -v m="$5" 'BEGIN {
    printf "%-22s p99, medians: alone %.2f ms (%d rounds), beside a backup %.2f ms (%d rounds), ratio %.2f (below 2)\n", what, a, n, b, m, b / a
    exit !(n > 2 && m > 2 && b / a < 2) }' || failed=1
}
judge 'as fast as it goes' "$alone" "$(wc -l < "$work/alone")" "$beside" "$(wc -l < "$work/beside")"
# shellcheck disable=SC2086  # four words
judge "$rate times a second" $steady
exit "$failed"
