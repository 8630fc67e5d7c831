# shellcheck shell=bash
# Words and progress on the terminal, and the processes a script starts.
# Sourced by `run`, `test` and the steps of the tour; needs bash and nothing else.

if [[ -t 1 && -z ${NO_COLOR-} && ${TERM-dumb} != dumb ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m' clear_line=$'\r\e[K'
else
  bold='' dim='' red='' green='' plain='' clear_line=''
fi

say() { printf '%s\n' "$*"; }
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
done_line() { printf '%s  %s✓%s %s\n' "$clear_line" "$green" "$plain" "$*"; }
complain() { printf '%s%s%s%s\n' "$clear_line" "$red" "$*" "$plain" >&2; }
die() {
  complain "$*"
  exit 1
}

# --- processes ----------------------------------------------------------------
#
# Each child gets a process group of its own, so that Ctrl-C reaches this script
# alone and the script stops its children in the right order.

# start_child LOG COMMAND…: in the background; its pid is in $child.
start_child() {
  local log=$1
  shift
  set -m
  if [[ $log == - ]]; then "$@" </dev/null & else "$@" </dev/null >>"$log" 2>&1 & fi
  child=$!
  set +m
}

alive() { [[ -n ${1-} ]] && kill -0 "$1" 2>/dev/null; }

# stop_child PID SIGNAL SECONDS: asks, waits, and kills what does not listen.
stop_child() {
  local pid=${1-} signal=$2 patience=$3 tenths=0
  alive "$pid" || return 0
  kill -s "$signal" -- "-$pid" 2>/dev/null || kill -s "$signal" "$pid" 2>/dev/null || true
  while alive "$pid" && ((tenths < patience * 10)); do
    sleep 0.1
    tenths=$((tenths + 1))
  done
  if alive "$pid"; then kill -s KILL -- "-$pid" 2>/dev/null || true; fi
  wait "$pid" 2>/dev/null || true
}

# --- long work with progress --------------------------------------------------

# watch TITLE LOG COMMAND…: runs the command with its output in LOG. A terminal
# shows one moving line; anything else gets a line for every tenth of "[7/90]".
# When it fails, the end of the log is shown and its status returned.
watched=''
watch() {
  local title=$1 log=$2 status=0 begin=$SECONDS last='' tenth=0
  shift 2
  : >"$log"
  [[ -n $clear_line ]] || say "  … $title"
  start_child "$log" "$@"
  watched=$child
  while alive "$watched"; do
    last=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r' || true)
    if [[ -n $clear_line ]]; then
      show_moving "$title" $((SECONDS - begin)) "$last"
    elif [[ $last =~ ^\[([0-9]+)/([0-9]+)\] ]] && ((BASH_REMATCH[1] * 10 / BASH_REMATCH[2] > tenth)); then
      tenth=$((BASH_REMATCH[1] * 10 / BASH_REMATCH[2]))
      say "    ${BASH_REMATCH[0]} after $((SECONDS - begin)) s"
    fi
    sleep 0.2
  done
  wait "$watched" || status=$?
  watched=''
  if ((status == 0)); then
    done_line "$title ${dim}($((SECONDS - begin)) s)$plain"
  else
    complain "$title: failed. The end of $log:"
    tail -n 30 "$log" | sed 's/^/    /' >&2
  fi
  return "$status"
}

show_moving() {
  local title=$1 seconds=$2 last=$3 width=${COLUMNS-} text
  [[ -n $width ]] || width=$(tput cols 2>/dev/null || echo 80)
  text="  … $title (${seconds} s) $last"
  printf '%s%s' "$clear_line" "${text:0:width-1}"
}
