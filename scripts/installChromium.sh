#!/usr/bin/env bash
# Installs Debian's Chromium, in which pages are tested, unless a browser is there. Only root can.
set -euo pipefail

for browser in /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
  if [[ -x "$browser" ]]; then exit 0; fi
done
if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
  echo 'no browser: install Chromium (apt-get install chromium), and run this again' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-liberation
