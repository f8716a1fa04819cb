#!/bin/sh
# The first session of the README: first-session.sh HOST PORT DIRECTORY; the password of root@sys comes from
# BREAKWATER_ROOT_PASSWORD. DIRECTORY is one that the server can write.
set -eu
sed "s|/backup|$3|g" "$(dirname "$0")/first-session.sql" |
  MYSQL_PWD=${BREAKWATER_ROOT_PASSWORD-} mariadb --no-defaults --host="$1" --port="$2" --user=root@sys --table -vvv
