#!/usr/bin/env bash
# The main job: 2,380 real applications through Authorize, Record and RecordResult, by a
# component that crashes half-way.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "2,380 real mortgage applications, decided by a scorecard behind the gate"
examples=$CANDOR_ROOT/examples/mortgages
component=("$CANDOR_BIN/mortgage_scorecard" --server "$CANDOR_SERVER" --key-file "$CANDOR_TOUR/component.apikey"
  --data "$examples/mortgages.csv" --card "$examples/scorecard.json")

before=$CANDOR_TOUR/size-before
[[ -s $before ]] || ledger_size >"$before"

say "  Half-way it is killed (kill -9), as if it had crashed:"
first=$CANDOR_TOUR/first-start.log
: >"$first"
"${component[@]}" >"$first" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true' EXIT
until grep -q '^ *50 %' "$first" || ! alive "$pid"; do sleep 0.02; done
kill -9 "$pid" 2>/dev/null || true
wait "$pid" 2>/dev/null || true
trap - EXIT
tail -n 2 "$first"

say ""
say "  Started again from the first application; what was asked before is answered from the record:"
shown "${component[@]}" --summary "$CANDOR_TOUR/summary.json"

# Every request of the second start has one receipt. If the ledger grew by just as many
# leaves over both starts, nothing was lost and nothing doubled.
grown=$(($(ledger_size) - $(cat "$before")))
receipts=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["receipts"])' "$CANDOR_TOUR/summary.json")
((grown == receipts)) || die "  The ledger grew by $grown leaves for $receipts receipts."
done_line "the ledger grew by $grown leaves, one for each receipt: the crash doubled nothing"
