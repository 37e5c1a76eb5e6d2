#!/bin/sh
# Gives /data to the application's user when it is somebody else's, drops privileges, and starts the edge under an init.
# Works as root (with or without capabilities to spare) and as any other user.
set -eu

user=molos
uid=1001
data="${DATA_DIR:-/data}"
app="${APP_DIR:-/app}"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$data"
  # Only when needed: a large directory is not walked at every start.
  if [ "$(stat -c %u "$data")" != "$uid" ]; then
    chown -R "$uid:$uid" "$data"
  fi
  # tini comes after gosu, as the application's user: as root without CAP_KILL it could not pass on SIGTERM.
  exec gosu "$user" tini -- "$0" "$@"
fi

umask 077
if [ "$$" = 1 ]; then
  # Started as another user than root: no init stands above us yet.
  exec tini -- "$0" "$@"
fi
# A healthcheck is asked by the engine with a java command of its own; this is the server.
# shellcheck disable=SC2086  # JAVA_OPTS is a list of options on purpose
exec java ${JAVA_OPTS:-} \
  -Dorg.sqlite.lib.path="$app/native" -Dorg.sqlite.lib.name=libsqlitejdbc.so -Djava.library.path="$app/native" \
  -jar "$app/molos-edge.jar" "$@"
