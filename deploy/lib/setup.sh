# shellcheck shell=bash
# Makes a bare Debian 12 ready: packages, the two foreign protos, the build.
# Sourced by `run` and `test`, after ui.sh; `root` is the folder of the checkout.
#
# Everything is checked before it is done: where nothing is missing, no package tool
# runs and no network is used.

: "${root:?}"

build_packages=(
  g++ cmake ninja-build ccache pkg-config
  libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev protobuf-compiler
  libpqxx-dev libpq-dev libssl-dev libgtest-dev libgmock-dev libabsl-dev
  libcli11-dev libjemalloc-dev nlohmann-json3-dev openssl python3 python3-cryptography
  libyaml-cpp-dev libarchive-dev
)
rust_packages=(rustc-web cargo-web)

# The version of PostgreSQL that this Debian has; 15 is the oldest that will do.
postgres_package() {
  local version=12
  # shellcheck source=/dev/null
  [[ -r /etc/os-release ]] && version=$(. /etc/os-release && echo "${VERSION_ID-12}")
  if ((${version%%.*} >= 13)); then echo postgresql-17; else echo postgresql-15; fi
}

# set_up: packages and protos. Leaves the machine alone when nothing is missing.
set_up() {
  local wanted=("${build_packages[@]}") missing=()
  if [[ -z $(postgres_programs) ]]; then wanted+=("$(postgres_package)"); fi
  if ! rust_is_new_enough; then wanted+=("${rust_packages[@]}"); fi
  if [[ ! -f $root/build/googleapis/google/rpc/error_details.proto ]] && ! python3 -m pip --version >/dev/null 2>&1; then
    wanted+=(python3-pip)
  fi
  command -v dpkg-query >/dev/null || die "This is made for Debian 12. What it needs: ${wanted[*]}"
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if ((${#missing[@]} > 0)); then install_missing "${missing[@]}"; fi
  fetch_googleapis
  fetch_crates
}

# Whether cargo and rustc are here, from 1.95 on.
rust_is_new_enough() {
  local version
  command -v cargo >/dev/null || return 1
  version=$(rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  # shellcheck disable=SC2086
  set -- ${version:-0 0}
  (($1 > 1 || ($1 == 1 && $2 >= 95)))
}

# The crates behind the Rego engine, as Cargo.lock names them by digest.
fetch_crates() {
  local crate=$root/services/policy/rego mark=$root/build/crates.lock
  if cmp -s "$crate/Cargo.lock" "$mark"; then return; fi
  mkdir -p "$root/build"
  watch "Fetching the crates of the Rego engine from crates.io" "$root/build/crates.log" \
    cargo fetch --quiet --locked --manifest-path "$crate/Cargo.toml" || exit 1
  cp -- "$crate/Cargo.lock" "$mark"
}

# The folder of the newest PostgreSQL server here, or nothing.
postgres_programs() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5 -rn); do
    if [[ -x $folder/postgres && -x $folder/initdb && $folder =~ /([0-9]+)/bin$ ]] && ((BASH_REMATCH[1] >= 15)); then
      echo "$folder"
      return
    fi
  done
}

missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  printf '%s\n' "$@" | grep -vxF -f <(printf '%s\n' "$installed") || true
}

install_missing() {
  local log
  log=$(mktemp "${TMPDIR:-/tmp}/candor-install.XXXXXX")
  say "  These Debian packages are missing: $*"
  if ((EUID == 0)); then
    watch "Installing them and what they need" "$log" "$root/deploy/lib/install.sh" "$@"
  elif command -v sudo >/dev/null && sudo_works; then
    watch "Installing them and what they need" "$log" sudo -n "$root/deploy/lib/install.sh" "$@"
  else
    rm -f -- "$log"
    complain "Installing needs root, and there is no way to it from here. A person must run once:"
    say ""
    if command -v sudo >/dev/null; then
      say "    sudo $root/deploy/lib/install.sh $*"
    else
      say "    su -c '$root/deploy/lib/install.sh $*'"
    fi
    say ""
    exit 1
  fi
  rm -f -- "$log"
}

# Asks for the password where a person can give one.
sudo_works() {
  sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }
}

fetch_googleapis() {
  local target=$root/build/googleapis scratch
  if [[ -f $target/google/rpc/status.proto && -f $target/google/rpc/error_details.proto ]]; then return; fi
  mkdir -p "$target/google/rpc"
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/candor-protos.XXXXXX")
  watch "Fetching google/rpc/*.proto from PyPI" "$scratch/log" \
    python3 -m pip download --disable-pip-version-check --quiet --no-deps --only-binary=:all: --require-hashes \
    --dest "$scratch" --requirement "$root/deploy/lib/googleapis.txt" || {
    rm -rf -- "$scratch"
    exit 1
  }
  python3 - "$scratch" "$target" <<'PYTHON'
import glob, sys, zipfile

scratch, target = sys.argv[1:]
with zipfile.ZipFile(glob.glob(scratch + "/*.whl")[0]) as wheel:
    for name in ("google/rpc/status.proto", "google/rpc/error_details.proto"):
        wheel.extract(name, target)
PYTHON
  rm -rf -- "$scratch"
}

# build_release TARGET…: into build/release; `all` for everything.
build_release() {
  local build=$root/build/release log=$root/build/build.log
  export CCACHE_BASEDIR=$root
  if [[ ! -f $build/build.ninja || $root/CMakePresets.json -nt $build/build.ninja ]]; then
    watch "Configuring" "$root/build/configure.log" cmake -S "$root" --preset release
  fi
  watch "Building" "$log" env NINJA_STATUS='[%f/%t] ' \
    cmake --build "$build" --parallel "$(compilers)" --target "$@"
}

# How many compilers at once: a core each, and 1.5 GiB each; never fewer than two.
compilers() {
  local cores kib
  cores=$(nproc)
  kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  if ((kib / 1572864 < cores)); then cores=$((kib / 1572864)); fi
  echo "$((cores > 2 ? cores : 2))"
}
