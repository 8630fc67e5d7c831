# shellcheck shell=bash
# A private PostgreSQL: its own folder, its own Unix socket, no TCP, never as root.
# Sourced after ui.sh and setup.sh.
# shellcheck disable=SC2154,SC2034  # Names of ui.sh, and names for who sources this.
#
#   own_state DIR          who owns the state, and how to run something as they
#   start_postgres DIR     initdb when needed, then serve; sets database_url
#   stop_postgres          writes everything down and ends it
#
# DIR is the state; the cluster lies in DIR/postgres. Only its owner can reach the
# socket, so that no password is needed on it.

postgres_pid='' postgres_socket='' postgres_socket_is_ours='' database_url=''
as_owner=() owner=''

# own_state DIR: makes it, mode 0700. Root hands it to the user `postgres` of the
# Debian package: PostgreSQL refuses to run as root, and the service needs no more.
own_state() {
  local state=$1
  owner=$(id -un)
  as_owner=()
  if ((EUID == 0)); then
    owner=postgres
    getent passwd "$owner" >/dev/null || die "There is no user postgres; the Debian package postgresql-common makes it."
    as_owner=(setpriv "--reuid=$owner" "--regid=$(id -gn "$owner")" --clear-groups)
    "${as_owner[@]}" true 2>/dev/null || die "Root may not become the user $owner here (setpriv is refused)."
  fi
  if [[ ! -d $state ]]; then
    mkdir -p -- "$(dirname -- "$state")" || die "Cannot make $state."
    if ((EUID == 0)); then
      install -d -m 0700 -o "$owner" -g "$(id -gn "$owner")" -- "$state"
    else
      mkdir -m 0700 -- "$state"
    fi
  fi
  "${as_owner[@]}" test -w "$state" -a -x "$state" ||
    die "The user $owner cannot write $state. Give it a folder that it can reach: --state DIR"
}

# run_as_owner COMMAND…: in the state's folder, with nothing of the caller's
# environment that could mislead a server.
run_as_owner() {
  (cd "$state_dir" && exec env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME="$state_dir" "${as_owner[@]}" "$@")
}

start_postgres() {
  local state_dir=$1 programs data log
  programs=$(postgres_programs)
  [[ -n $programs ]] || die "PostgreSQL 15 or newer is not installed."
  data=$state_dir/postgres
  log=$state_dir/log/postgres.log
  run_as_owner mkdir -p -m 0700 "$state_dir/log" "$state_dir/socket"

  if [[ ! -f $data/candor.conf ]]; then
    # An initdb that was interrupted leaves a folder that no later one accepts.
    run_as_owner rm -rf -- "$data.new"
    [[ ! -e $data ]] || die "$data is there but was not made by this program."
    run_as_owner "$programs/initdb" --pgdata="$data.new" --username=postgres --encoding=UTF8 --locale=C \
      --auth=trust --data-checksums --no-instructions >/dev/null || die "initdb failed in $data.new"
    # shellcheck disable=SC2016
    run_as_owner sh -c 'echo "include = '\''candor.conf'\''" >>"$1/postgresql.conf" && : >"$1/candor.conf" && mv "$1" "$2"' \
      sh "$data.new" "$data"
  fi

  choose_socket "$state_dir"
  postgres_settings | run_as_owner tee "$data/candor.conf" >/dev/null
  stop_leftover_postgres "$programs" "$data"

  run_as_owner touch "$log"
  start_child - start_server INT "$log" "$programs/postgres" -D "$data"
  postgres_pid=$child
  wait_for_postgres "$programs" "$log"
  # The service owns its database and may make the roles it grants; it is no superuser.
  ask_postgres "$programs" -tAqX -d postgres -f - <<'SQL' >/dev/null || die "Making the database failed; see $log"
SET client_min_messages = warning;
SELECT 'CREATE ROLE candor LOGIN CREATEROLE' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'candor') \gexec
SELECT 'CREATE DATABASE candor OWNER candor' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'candor') \gexec
SQL
  database_url="postgresql://candor@/candor?host=$(percent_encoded "$postgres_socket")"
}

# start_server SIGNAL LOG PROGRAM…: never returns. The kernel sends SIGNAL when this
# script is gone, even if it was killed, so that no server is left behind.
start_server() {
  local signal=$1 log=$2
  shift 2
  if [[ -n ${lock-} ]]; then exec {lock}>&-; fi
  cd "$state_dir" || return
  exec env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME="$state_dir" \
    "${as_owner[@]}" setpriv --pdeathsig "$signal" "$@" </dev/null >>"$log" 2>&1
}

ask_postgres() {
  local programs=$1
  shift
  env -u PGSERVICE -u PGOPTIONS PGHOST="$postgres_socket" PGUSER=postgres PGCONNECT_TIMEOUT=5 "$programs/psql" -v ON_ERROR_STOP=1 "$@"
}

wait_for_postgres() {
  local programs=$1 log=$2 tenths=0
  until ask_postgres "$programs" -tAqX -d postgres -c 'SELECT 1' >/dev/null 2>&1; do
    # After a crash it reads its log again first, which may take a while.
    if ! alive "$postgres_pid" || ((tenths > 1200)); then
      tail -n 15 "$log" | sed 's/^/    /' >&2
      die "PostgreSQL did not start; its log is $log"
    fi
    sleep 0.1
    tenths=$((tenths + 1))
  done
}

# A Unix socket's path holds at most 107 characters.
choose_socket() {
  local state_dir=$1
  postgres_socket=$state_dir/socket
  postgres_socket_is_ours=''
  if ((${#postgres_socket} + ${#postgres_socket_name} > 107)); then
    postgres_socket=$(run_as_owner mktemp -d /tmp/candor-socket.XXXXXX)
    postgres_socket_is_ours=yes
  fi
}
postgres_socket_name=/.s.PGSQL.5432

postgres_settings() {
  local kib buffers
  kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  buffers=$((kib / 4096))
  ((buffers < 512)) || buffers=512
  cat <<CONF
# Written at each start by deploy/lib/postgres.sh.
listen_addresses = ''
port = 5432
unix_socket_directories = '${postgres_socket//\'/\'\'}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = ${buffers}MB
max_wal_size = 4GB
min_wal_size = 1GB
wal_compression = lz4
jit = off
log_line_prefix = '%m [%p] '
CONF
}

# A server that outlived a run which was killed. Only one of our own folder is asked.
stop_leftover_postgres() {
  local programs=$1 data=$2
  if run_as_owner "$programs/pg_ctl" status -D "$data" >/dev/null 2>&1; then
    run_as_owner "$programs/pg_ctl" stop -D "$data" -m fast -w -t 60 >/dev/null ||
      die "A PostgreSQL of an earlier run still serves $data and does not stop."
  fi
}

stop_postgres() {
  stop_child "$postgres_pid" INT 60
  postgres_pid=''
  if [[ -n $postgres_socket_is_ours ]]; then rm -rf -- "$postgres_socket"; fi
}

percent_encoded() {
  local text=$1 index char
  for ((index = 0; index < ${#text}; index++)); do
    char=${text:index:1}
    case $char in
    [a-zA-Z0-9./_~-]) printf '%s' "$char" ;;
    *) printf '%s' "$char" | od -An -v -tx1 | tr -d '\n' | tr ' ' '%' ;;
    esac
  done
}
