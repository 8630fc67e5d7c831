# shellcheck shell=bash
# What the steps of the tour share. A step is a program of its own that finds in its
# environment:
#
#   CANDOR_ROOT      the checkout               CANDOR_SERVER    host:port of candord
#   CANDOR_BIN       the built programs         CANDOR_DATABASE  its database
#   CANDOR_STATE     the state of the service   CANDOR_TOUR      a folder for the tour's own files
#   CANDOR_ORIGIN    name of the demo ledger
#
# It prints what it does, exits 0 if what it shows really holds, and may be run again
# after it was interrupted.

# shellcheck source=deploy/lib/ui.sh
. "$CANDOR_ROOT/deploy/lib/ui.sh"

# show COMMAND…: prints the command as a person would type it in the checkout.
# shown COMMAND…: prints it, then runs it; shown_indented: its output under it.
show() {
  local words
  printf -v words '%q ' "$@"
  words=${words//"$CANDOR_ROOT/"/}
  say "  ${dim}\$ ${words% }$plain"
}
shown() {
  show "$@"
  "$@"
}
shown_indented() {
  show "$@"
  "$@" 2>&1 | indent
}
# first_lines N: what was shown, and no more than that of it.
first_lines() { sed -n "1,$1p" | sed '2,$s/^/    /'; }
indent() { sed 's/^/    /'; }

# human NAME CODE ROLE: a human principal and their API key, made once.
human() {
  local id
  [[ ! -s $CANDOR_TOUR/$1.apikey ]] || return 0
  id=$("$CANDOR_BIN/candor" principal create --kind human --human-code "$2" --role "$3" \
    --request-id "$(once "$1")" --key-file "$CANDOR_TOUR/tenant.apikey" --json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["principal"]["principal_id"])')
  "$CANDOR_BIN/candor" key create --principal "$id" --key-file "$CANDOR_TOUR/tenant.apikey" \
    --key-out "$CANDOR_TOUR/$1.apikey" >/dev/null
}

# by NAME COMMAND…: runs it with the API key of that principal.
by() { CANDOR_KEY_FILE=$CANDOR_TOUR/$1.apikey "${@:2}"; }

# once NAME: a request id that stays the same when this step is run again.
once() {
  [[ -s $CANDOR_TOUR/$1.request ]] || cat /proc/sys/kernel/random/uuid >"$CANDOR_TOUR/$1.request"
  cat "$CANDOR_TOUR/$1.request"
}

# field NAME: that member of the JSON object on standard input.
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# The number of leaves under the present checkpoint: the second line of the note.
ledger_size() {
  "$CANDOR_BIN/candor" checkpoint --server "$CANDOR_SERVER" --key-file "$CANDOR_TOUR/tenant.apikey" | sed -n 2p
}
