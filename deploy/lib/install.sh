#!/usr/bin/env bash
# Installs the Debian packages named on the command line. The only script here that
# needs root. PostgreSQL's server comes without the cluster `main` that Debian would
# create; no existing cluster and no package source is touched.
set -euo pipefail

if ((EUID != 0)); then
  echo "install.sh must run as root" >&2
  exit 1
fi
(($# > 0)) || exit 0
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

install_packages() {
  apt-get -y --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install "$@"
}

# The file lasts as long as the installation, so that a later one of another version
# goes as Debian means it.
folder=/etc/postgresql-common/createcluster.d
file=$folder/zz-no-main-cluster.conf
forget() {
  rm -f -- "$file"
  rmdir -- "$folder" 2>/dev/null || true
}

# A fresh image has no package lists; a broken foreign source need not stop us.
apt-get update || echo "Some package lists could not be fetched; trying with those that are here."
if [[ " $* " == *" postgresql-1"* ]]; then
  install_packages postgresql-common
  trap forget EXIT
  mkdir -p -- "$folder"
  echo "create_main_cluster = false" >"$file"
fi
install_packages "$@"
