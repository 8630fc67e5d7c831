#!/usr/bin/env bash
# The tour as a person meets it: taken once, not taken twice, interrupted and gone on
# with; and nothing left running afterwards.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d /tmp/candor-tour.XXXXXX)
chmod 0755 "$scratch"
state=$scratch/state
run_pid=''
clean_up() {
  if [[ -n $run_pid ]]; then
    kill "$run_pid" 2>/dev/null || true
    wait "$run_pid" 2>/dev/null || true
  fi
  rm -rf -- "$scratch"
}
trap clean_up EXIT

fail() {
  echo "FAILED: $1" >&2
  cat "$scratch/output" >&2
  exit 1
}

run() { "$root/run" --state "$state" --listen 127.0.0.1:0 "$@" >"$scratch/output" 2>&1; }

said() { grep -qF -- "$1" "$scratch/output"; }

# begin ARGUMENT…: ./run in the background. wait_for TEXT: until it says so.
begin() {
  : >"$scratch/output"
  "$root/run" --state "$state" --listen 127.0.0.1:0 "$@" >"$scratch/output" 2>&1 &
  run_pid=$!
}
wait_for() {
  local tenths=0
  until said "$1"; do
    kill -0 "$run_pid" 2>/dev/null || fail "./run ended before it said: $1"
    ((tenths++ < 1200)) || fail "./run never said: $1"
    sleep 0.1
  done
}
stop_run() {
  local status=0
  kill -TERM "$run_pid"
  wait "$run_pid" || status=$?
  run_pid=''
  return "$status"
}

nothing_runs() {
  local file words
  for file in /proc/[0-9]*/cmdline; do
    { words=$(tr '\0' ' ' <"$file"); } 2>/dev/null || continue  # It ended meanwhile.
    [[ $words != *"$state"* ]] || fail "still running: $words"
  done
}

run --once || fail "the first tour"
said "the crash doubled nothing" || fail "the tour did not say what the crash left"
said "complete: whole range" || fail "the ledger was not verified"
nothing_runs

run --once || fail "the second start"
said "The tour was taken before" || fail "the second start did not find its data"
! said "of 2,380 applications" || fail "the second start took the tour again"
nothing_runs

begin --again
wait_for " 50 %"
status=0
stop_run || status=$?
((status == 143)) || fail "an interrupted ./run ended with $status"
nothing_runs

begin
wait_for "Ctrl-C stops everything"
said "the crash doubled nothing" || fail "the interrupted tour was not gone on with"
stop_run || fail "./run did not stop cleanly"
said "Stopped." || fail "./run did not say that it stopped"
nothing_runs

begin
wait_for "candord serves on"
kill -KILL "$run_pid"
wait "$run_pid" 2>/dev/null || true
run_pid=''
run --once || fail "the start after a ./run that was killed"
nothing_runs
echo "The tour held, was not taken twice, went on after an interruption, and left nothing running."
