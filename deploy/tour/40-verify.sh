#!/usr/bin/env bash
# Verified without the service: the receipt, the whole ledger; and one flipped byte, named.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "Verified offline, without asking the service"
vkey=(--vkey-file "$CANDOR_TOUR/ledger.vkey")
shown_indented "$CANDOR_BIN/candor" verify receipt "${vkey[@]}" \
  "$CANDOR_TOUR/outcome.leaf.json" "$CANDOR_TOUR/outcome.tlog-proof"
say ""
shown_indented "$CANDOR_BIN/candor" verify ledger --database "$CANDOR_DATABASE" --origin "$CANDOR_ORIGIN" "${vkey[@]}" \
  --keys "$CANDOR_STATE/keys"

heading "The same receipt with one byte flipped"
sed 's/"outcome":"denied"/"outcome":"deniee"/' "$CANDOR_TOUR/outcome.leaf.json" >"$CANDOR_TOUR/flipped.leaf.json"
if cmp -s "$CANDOR_TOUR/outcome.leaf.json" "$CANDOR_TOUR/flipped.leaf.json"; then die "  Nothing was flipped."; fi
status=0
shown_indented "$CANDOR_BIN/candor" verify receipt "${vkey[@]}" \
  "$CANDOR_TOUR/flipped.leaf.json" "$CANDOR_TOUR/outcome.tlog-proof" || status=$?
((status == 1)) || die "  The flipped byte was not noticed."
done_line "refused, as it must be"
