#!/bin/bash
# Healthy: somebody greets on the port (default 2881) as a server of MySQL's protocol.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${1:-2881}"
timeout 3 head -c 16 <&3 | tr -d '\000' | grep -aq '5\.7\.25'
