#!/bin/sh
# Installs the packages that a list names (one a line, # begins a comment).
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
sed '/^#/d' "$1" | xargs apt-get -q install -y --no-install-recommends
rm -rf /var/lib/apt/lists/*
