#!/bin/sh
# The server's own user, its data directory, and a directory for backups to mount a volume on.
set -eu
useradd --system --home-dir /var/lib/breakwater --shell /usr/sbin/nologin breakwater
install -d -m 0700 -o breakwater -g breakwater /var/lib/breakwater /backup
