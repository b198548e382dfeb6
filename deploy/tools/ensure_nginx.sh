#!/usr/bin/env bash
# Find an nginx for the test of deploy/nginx; install the system's when we are root; else say so
# and go on: that one test is then skipped with its reason.
set -euo pipefail
for name in "${ATLAS_NGINX:-}" nginx /usr/sbin/nginx; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing nginx with apt-get" >&2
  apt-get update -qq >&2 || true
  if DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx >&2; then
    exit 0
  fi
fi
echo "No nginx: the test of deploy/nginx will be skipped. On Debian or Ubuntu: sudo apt-get install nginx. Or set ATLAS_NGINX to its path." >&2
