#!/usr/bin/env bash
# The signed checkpoint of the ledger, and one whole receipt: what a caller keeps.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "The checkpoint: size and root of the ledger, signed"
ask=("$CANDOR_BIN/candor" checkpoint --server "$CANDOR_SERVER" --key-file "$CANDOR_TOUR/tenant.apikey")
show "${ask[@]}"
"${ask[@]}" >"$CANDOR_TOUR/checkpoint"
indent <"$CANDOR_TOUR/checkpoint"

heading "One whole receipt: application 119 was denied"
say "  Asked once more, the component gets the receipts it got before:"
examples=$CANDOR_ROOT/examples/mortgages
rm -rf -- "$CANDOR_TOUR/receipts"
"$CANDOR_BIN/mortgage_scorecard" --server "$CANDOR_SERVER" --key-file "$CANDOR_TOUR/component.apikey" \
  --data "$examples/mortgages.csv" --card "$examples/scorecard.json" --only 119 --receipts "$CANDOR_TOUR/receipts" >/dev/null

leaf=$(grep -l '"type":"outcome"' "$CANDOR_TOUR"/receipts/*.leaf.json)
ln -sf -- "$leaf" "$CANDOR_TOUR/outcome.leaf.json"
ln -sf -- "${leaf%.leaf.json}.tlog-proof" "$CANDOR_TOUR/outcome.tlog-proof"
say "  The leaf (these bytes are hashed; what is personal is sealed elsewhere, and only committed to here):"
python3 -m json.tool "$CANDOR_TOUR/outcome.leaf.json" | indent
say "  The proof that it is in the ledger, and the checkpoint it is under:"
indent <"$CANDOR_TOUR/outcome.tlog-proof"
