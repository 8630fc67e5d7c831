#!/usr/bin/env bash
# The unit leaves the service less than 2.0 of exposure, as systemd itself counts it; and a
# unit without its protection is told apart. Skipped (77) where systemd-analyze is not there.
set -euo pipefail
command -v systemd-analyze >/dev/null || exit 77
unit=$(dirname "$0")/systemd/candord.service
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
exposure() { systemd-analyze security --offline=true --no-pager --threshold=20 "$1"; }

exposure "$unit"
grep -vE '^(Protect|Private|Restrict|SystemCall|CapabilityBounding|NoNewPrivileges)' "$unit" >"$folder/candord.service"
if exposure "$folder/candord.service" >/dev/null 2>&1; then
  echo "a unit without its protection passed too" >&2
  exit 1
fi
