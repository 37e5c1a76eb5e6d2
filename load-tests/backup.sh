#!/usr/bin/env bash
# What a backup does to people: get-session, a few hundred times a second, while the edge backs up half a million sessions once a
# minute. Its p99 stays below twice its usual. Ends with 1 when it does not.
#   Debian: curl python3
#   SESSIONS=450000 DURATION=200 load-tests/backup.sh
set -euo pipefail
cd "$(dirname "$0")/.."
sessions=${SESSIONS:-450000} duration=${DURATION:-200}
round=0 warmup=0 connections=0
work=$(mktemp -d)
# shellcheck source=load-tests/lib.sh
. load-tests/lib.sh
: "$round" "$warmup" "$connections"
trap cleanup EXIT
need curl java python3
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
BACKUP_SCHEDULE=1m BACKUP_JITTER=0s BACKUP_CHECK_INTERVAL=1s AUTH_SIGN_UP=open ACCESS_LOG=false \
  start 0-1 edge java -Xmx256m -jar target/molos-edge.jar
await "http://localhost:$PORT/api/health"
cookie=$(sign_up "http://localhost:$PORT")
(while sleep 20; do curl -sf -o /dev/null "http://localhost:$PORT/api/auth/sign-in/email" -H 'Content-Type: application/json' \
  -d '{"email":"load@example.org","password":"correct horse battery"}' || true; done) &
pids+=($!)
java load-tests/BesideBackup.java "$PORT" /api/auth/get-session "$cookie" "$work/data/scratch" "$duration" | tee "$work/result"
grep -h WARN "$work/edge.log" || true
awk '/^ratio/ { exit !($2 < 2) }' "$work/result"
