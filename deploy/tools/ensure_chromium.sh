#!/usr/bin/env bash
# Find a Chromium for the browser tests; install the system's when we are root; else say how.
set -euo pipefail
for name in "${ATLAS_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
  "/Applications/Chromium.app/Contents/MacOS/Chromium" \
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing chromium with apt-get" >&2
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >&2
  command -v chromium >/dev/null && exit 0
fi
echo "The browser tests need a Chromium. On Debian or Ubuntu: sudo apt-get install chromium. On macOS: brew install --cask chromium. Or set ATLAS_CHROMIUM to its path." >&2
exit 2
