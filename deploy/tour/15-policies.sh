#!/usr/bin/env bash
# The shipped packs and the scorecard's version, each put in charge by two people.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "The gate goes by rules that people can read: laws with dates, and the house's own"
export CANDOR_SERVER
candor=$CANDOR_BIN/candor
human owner "model owner 1" model_owner
human validator "model owner 2" model_owner
human author "policy author 1" policy_author
human officer "compliance officer 1" compliance

packs=$CANDOR_ROOT/policies
shown_indented "$candor" policy check "$packs"
digest=$("$candor" policy check "$packs" --json | field digest)
show "$candor" policy push "$packs" --name packs
by author "$candor" policy push "$packs" --name packs --request-id "$(once push-packs)" | sed -n 1,3p | indent
report=$(by author "$candor" policy backtest "$digest" --request-id "$(once backtest-packs)" --json | field report_id)
proposal=$(by author "$candor" policy propose "$digest" --report "$report" --request-id "$(once propose-packs)" --json |
  field proposal_id)
say "  Nothing was decided yet that they could be tried on. The author proposes them; the author alone cannot confirm:"
if by author "$candor" policy confirm "$proposal" 2>"$CANDOR_TOUR/refused"; then
  die "  One person put a policy set in charge alone."
fi
sed -n 1p "$CANDOR_TOUR/refused" | indent
show "$candor" policy confirm "$proposal"
by officer "$candor" policy confirm "$proposal" --request-id "$(once confirm-packs)" | sed -n 1,2p | indent

heading "Only a version that two people approved may decide"
card=$CANDOR_ROOT/examples/mortgages/scorecard.json
version=(--system mortgage_desk --model mortgage_scorecard)
register=("$candor" version register v1 "${version[@]}" --digest "$(sha256sum <"$card" | cut -c1-64)")
show "${register[@]}"
by owner "${register[@]}" --request-id "$(once register-v1)" | sed -n 1p | indent
say "  An approval rests on evidence: the scorecard tested on all applications by another program:"
"$CANDOR_ROOT/examples/mortgages/assurance.py" "$card" "$CANDOR_ROOT/examples/mortgages/mortgages.csv" >"$CANDOR_TOUR/run.json"
by owner "$candor" codes declare --kind suite scorecard_sense --request-id "$(once suite)" >/dev/null
show "$candor" assurance record --file "$CANDOR_TOUR/run.json"
[[ -s $CANDOR_TOUR/assurance ]] || by owner "$candor" assurance record --file "$CANDOR_TOUR/run.json" >"$CANDOR_TOUR/assurance"
sed -n 1,4p "$CANDOR_TOUR/assurance" | indent
propose=("$candor" version propose v1 approved "${version[@]}" --purpose mortgage_underwriting
  --assurance "$(sed -n 's/^assurance  *//p' "$CANDOR_TOUR/assurance")")
show "${propose[@]}"
proposal=$(by owner "${propose[@]}" --request-id "$(once propose-v1)" --json | field proposal_id)
show "$candor" version confirm "$proposal"
by validator "$candor" version confirm "$proposal" --request-id "$(once confirm-v1)" | sed -n 1,2p | indent
