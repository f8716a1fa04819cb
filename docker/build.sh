#!/bin/sh
# Builds build/release/breakwater and leaves out what only a debugger reads.
set -eu
cmake --preset release
cmake --build --preset release --target breakwater
strip --strip-debug build/release/breakwater
