#!/bin/sh
# Starts the edge: gives /data to the application's user when it is somebody else's, and drops privileges. Works as root (with
# CHOWN, SETUID and SETGID) and as any other user. Under the name molos-edge it is the command for `docker exec`: the same
# environment and the same user, and nothing is printed but what the command has to say.
set -eu

uid=1001
data="${DATA_DIR:-/data}"
app="${APP_DIR:-/app}"

is_command=no
case "$0" in */molos-edge | molos-edge) is_command=yes ;; esac

if [ "$(id -u)" = 0 ]; then
  drop() { exec setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"; }
  if ! (drop true) 2> /dev/null; then
    echo "As root the edge becomes the user $uid, and this container does not let it: add the capabilities SETUID and SETGID" >&2
    echo "(CHOWN too, for a new /data), or start it as that user: --user $uid:$uid" >&2
    exit 1
  fi
  if [ "$is_command" = no ]; then
    mkdir -p "$data"
    # Only when needed: a large directory is not walked at every start. It changes hands last: a start that could not give all of
    # it away tries again.
    if [ "$(stat -c %u "$data")" != "$uid" ] \
      && ! { find "$data" -mindepth 1 -exec chown -h "$uid:$uid" {} + && chown "$uid:$uid" "$data"; }; then
      echo "$data belongs to another user and cannot be given to $uid: add the capabilities CHOWN and DAC_READ_SEARCH, or run" >&2
      echo "chown -R $uid:$uid on it" >&2
      exit 1
    fi
  fi
  export HOME="$data"
  drop "$0" "$@"
fi

umask 077
# The natives lie unpacked beside the jar: a hardened container mounts /tmp noexec.
set -- -Dorg.sqlite.lib.path="$app/native" -Dorg.sqlite.lib.name=libsqlitejdbc.so -Djava.library.path="$app/native" \
  -jar "$app/molos-edge.jar" "$@"
if [ "$is_command" = yes ]; then
  # A short life: the cache of the server's classes would cost more than it saves.
  exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xlog:disable -Xlog:all=warning:stderr "$@"
fi
if [ -f "$app/edge.aot" ]; then
  # shellcheck disable=SC2086  # a list of options on purpose; it comes last, so that it decides
  set -- -XX:AOTCache="$app/edge.aot" "@$app/jvm.options" ${JAVA_OPTS:-} "$@"
else
  # Not the image: a Java that knows neither the cache nor its options.
  # shellcheck disable=SC2086  # the same
  set -- -XX:+UseSerialGC -XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError ${JAVA_OPTS:-} "$@"
fi
exec java "$@"
