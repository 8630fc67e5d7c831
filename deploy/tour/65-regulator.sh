#!/usr/bin/env bash
# A regulator takes away what two people granted, and both verifiers check it.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

export CANDOR_SERVER
candor=$CANDOR_BIN/candor
human officer2 "compliance officer 2" compliance
by owner "$candor" codes declare --kind organisation bank_supervision --request-id "$(once authority)" >/dev/null

heading "A regulator asks about ten of the refused: two people grant it, for thirty days"
auditor=$("$candor" principal create --kind human --human-code "auditor 1" --role regulator \
  --request-id "$(cat "$CANDOR_TOUR/auditor.request")" --key-file "$CANDOR_TOUR/tenant.apikey" --json |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["principal"]["principal_id"])')
[[ -s $CANDOR_TOUR/granted ]] || {
  by officer "$candor" search "outcome = denied" --json |
    python3 -c 'import json, sys; print("\n".join(one["decision_id"] for one in json.load(sys.stdin)["decisions"][:10]))'
} >"$CANDOR_TOUR/granted"
[[ -s $CANDOR_TOUR/grant.expires ]] || date -u -d '+30 days' +%FT%TZ >"$CANDOR_TOUR/grant.expires"
propose=("$candor" grant propose "$auditor" --authority bank_supervision --expires "$(cat "$CANDOR_TOUR/grant.expires")"
  --section inputs --section reasons)
show "${propose[@]}" --decision … --decision …
while read -r decision; do propose+=(--decision "$decision"); done <"$CANDOR_TOUR/granted"
grant=$(by officer "${propose[@]}" --request-id "$(once grant)" --json |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["grant"]["grant_id"])')
show "$candor" grant confirm "$grant"
by officer2 "$candor" grant confirm "$grant" --request-id "$(once grant-confirmed)" | grep -e '^for' -e '^covers' -e '^sections' -e '^state' | indent

heading "The regulator takes the bundle, and checks it without the bank"
bundle=$CANDOR_TOUR/regulator.tar
take=("$candor" export "$bundle" --grant "$grant" --section inputs --section reasons --reason value_checked)
show "${take[@]}"
if [[ ! -s $bundle ]]; then by auditor "${take[@]}" --request-id "$(once export-granted)" >"$CANDOR_TOUR/taken"; fi
grep -e '^bundle' "$CANDOR_TOUR/taken" | indent
shown_indented "$CANDOR_BIN/candor-verify" "$bundle" --vkey-file "$CANDOR_TOUR/ledger.vkey"
say "  ${dim}\$ PYTHONPATH=clients/python python3 -m candor.verify bundle ${bundle//"$CANDOR_ROOT/"/} --vkey-file …$plain"
PYTHONPATH=$CANDOR_ROOT/clients/python python3 -B -m candor.verify bundle "$bundle" --vkey-file "$CANDOR_TOUR/ledger.vkey" |
  tail -n 2 | indent
status=0
by auditor "$candor" export "$CANDOR_TOUR/never.tar" --first 0 >/dev/null 2>"$CANDOR_TOUR/refused" || status=$?
say "  Without a grant:"
sed -n 1p "$CANDOR_TOUR/refused" | indent
((status == 1)) || die "  The regulator took more than was granted."
done_line "ten decisions, each proved; nothing in the bundle tells of the others"
