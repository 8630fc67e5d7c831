# shellcheck shell=bash
# Starts and stops candord. Sourced after ui.sh and postgres.sh.
# shellcheck disable=SC2154,SC2034  # Names of ui.sh, and names for who sources this.
#
#   start_candord STATE DATABASE LISTEN   sets server_address
#   stop_candord                          lets it finish what it has, then ends it

candord_pid='' server_address=''

start_candord() {
  local state_dir=$1 database=$2 listen=$3 program log tenths=0
  log=$state_dir/log/candord.log
  run_as_owner mkdir -p -m 0700 "$state_dir/log"
  program=$(program_for_owner "$state_dir" "$root/build/release/bin/candord")
  # One log a start: the address it serves is read from it.
  if [[ -f $log ]]; then run_as_owner mv -f -- "$log" "$log.1"; fi
  run_as_owner touch "$log"

  start_child - start_server TERM "$log" "$program" --database "$database" --state "$state_dir" --listen "$listen" --migrate
  candord_pid=$child
  until server_address=$(serving_address "$log") && [[ -n $server_address ]]; do
    if ! alive "$candord_pid" || ((tenths > 600)); then
      tail -n 15 "$log" | sed 's/^/    /' >&2
      die "candord did not start; its log is $log"
    fi
    sleep 0.1
    tenths=$((tenths + 1))
  done
}

# The address in the line {"event":"serving",…,"address":"127.0.0.1:7717",…}.
serving_address() {
  sed -n '/"event":"serving"/s/.*"address":"\([^"]*\)".*/\1/p' "$1" | tail -n 1
}

# A checkout in root's home is closed to the user that serves; then it gets a copy.
program_for_owner() {
  local state_dir=$1 program=$2
  if ! run_as_owner test -x "$program" 2>/dev/null; then
    install -D -m 0755 -- "$program" "$state_dir/bin/$(basename -- "$program")"
    program=$state_dir/bin/$(basename -- "$program")
  fi
  echo "$program"
}

stop_candord() {
  stop_child "$candord_pid" TERM 30
  candord_pid=''
}
