#!/bin/sh
# Starts the edge under an init: gives /data to the application's user when it is somebody else's, drops privileges. Works as
# root (with CHOWN, SETUID and SETGID) and as any other user. Under the name molos-edge it is the command for `docker exec`: the
# same environment and the same user, and nothing is printed but what the command has to say.
set -eu

user=molos
uid=1001
data="${DATA_DIR:-/data}"
app="${APP_DIR:-/app}"

is_command=no
case "$0" in */molos-edge | molos-edge) is_command=yes ;; esac

if [ "$(id -u)" = 0 ]; then
  if ! gosu "$user" true 2> /dev/null; then
    echo "As root the edge becomes the user $user, and this container does not let it: add the capabilities SETUID and SETGID" >&2
    echo "(CHOWN too, for a new /data), or start it as that user: --user $uid:$uid" >&2
    exit 1
  fi
  if [ "$is_command" = yes ]; then
    exec gosu "$user" "$0" "$@"
  fi
  mkdir -p "$data"
  # Only when needed: a large directory is not walked at every start.
  if [ "$(stat -c %u "$data")" != "$uid" ] && ! chown -R "$uid:$uid" "$data"; then
    echo "$data belongs to another user and cannot be given to $user: add the capability CHOWN, or run: chown -R $uid:$uid on it" >&2
    exit 1
  fi
  # tini comes after gosu, as the application's user: as root without CAP_KILL it could not pass on SIGTERM.
  exec gosu "$user" tini -- "$0" "$@"
fi

umask 077
native="-Dorg.sqlite.lib.path=$app/native -Dorg.sqlite.lib.name=libsqlitejdbc.so -Djava.library.path=$app/native"
if [ "$is_command" = yes ]; then
  # shellcheck disable=SC2086  # a list of options on purpose
  exec java $native -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -jar "$app/molos-edge.jar" "$@"
fi
if [ "$$" = 1 ]; then
  # Started as another user than root: no init stands above us yet.
  exec tini -- "$0" "$@"
fi
# shellcheck disable=SC2086  # lists of options on purpose; JAVA_OPTS comes last, so that it decides
exec java $native -XX:+UseSerialGC -XX:MaxRAMPercentage=60 -XX:+ExitOnOutOfMemoryError ${JAVA_OPTS:-} \
  -jar "$app/molos-edge.jar" "$@"
