#!/usr/bin/env bash
# A person is forgotten: what was sealed is destroyed, and every proof still holds.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

export CANDOR_SERVER
candor=$CANDOR_BIN/candor
person=applicant-120

heading "Another applicant asks to be forgotten"
erase=("$candor" erase "$person" --reason request --yes)
show "${erase[@]}"
by officer "${erase[@]}" --request-id "$(once erase)" >"$CANDOR_TOUR/erased"
grep -v -e '^request ' "$CANDOR_TOUR/erased" | indent

heading "Verified again: intact, and one person erased"
verify=("$candor" verify ledger --database "$CANDOR_DATABASE" --origin "$CANDOR_ORIGIN" --vkey-file "$CANDOR_TOUR/ledger.vkey"
  --keys "$CANDOR_STATE/keys")
show "${verify[@]}"
"${verify[@]}" >"$CANDOR_TOUR/verified"
grep -e '^leaves' -e '^sealed' -e '^erased' -e '^intact' -e '^complete' "$CANDOR_TOUR/verified" | indent
grep -q '^erased  *1 person' "$CANDOR_TOUR/verified" || die "  The erasure was not counted."
shown_indented "$candor" verify receipt --vkey-file "$CANDOR_TOUR/ledger.vkey" \
  "$CANDOR_TOUR/outcome.leaf.json" "$CANDOR_TOUR/outcome.tlog-proof"
status=0
by officer "${erase[@]}" >"$CANDOR_TOUR/again" 2>&1 || status=$?
((status == 1)) || die "  Something of the person was left."
done_line "forgotten, and still proved: who it was is nowhere any more"
