#!/usr/bin/env bash
# A demo tenant: its ledger, its AI component with a key of its own, and what that
# component may decide.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "A tenant, its ledger, and an AI component with a key of its own"

# A key is shown once. Where an earlier start got it, the tenant is there already.
shown export CANDOR_SERVER="$CANDOR_SERVER" CANDOR_KEY_FILE="$CANDOR_STATE/operator.apikey"
if [[ ! -s $CANDOR_TOUR/tenant.apikey ]]; then
  shown_indented "$CANDOR_BIN/candor" tenant create --origin "$CANDOR_ORIGIN" \
    --first-principal tour --key-out "$CANDOR_TOUR/tenant.apikey" --vkey-out "$CANDOR_TOUR/ledger.vkey"
fi
shown export CANDOR_KEY_FILE="$CANDOR_TOUR/tenant.apikey"
if [[ ! -s $CANDOR_TOUR/component.apikey ]]; then
  shown_indented "$CANDOR_BIN/candor" key create --component mortgage_desk --key-out "$CANDOR_TOUR/component.apikey"
fi

# An auditor is a human principal: leaves never say who.
if [[ ! -s $CANDOR_TOUR/auditor.apikey ]]; then
  [[ -s $CANDOR_TOUR/auditor.request ]] || cat /proc/sys/kernel/random/uuid >"$CANDOR_TOUR/auditor.request"
  create=("$CANDOR_BIN/candor" principal create --kind human --human-code "auditor 1" --role regulator)
  show "${create[@]}"
  auditor=$("${create[@]}" --request-id "$(cat "$CANDOR_TOUR/auditor.request")" --json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["principal"]["principal_id"])')
  shown "$CANDOR_BIN/candor" key create --principal "$auditor" --key-out "$CANDOR_TOUR/auditor.apikey" | first_lines 2
fi

heading "What it may decide, in which words, and how sure it must be to decide alone"
shown "$CANDOR_BIN/candor" system register mortgage_desk --model mortgage_scorecard --model-version v1 --model-version v2 \
  --name "Mortgage desk" --logic "Adds up what eight facts of an application weigh and denies from a risk of 0.25 on." |
  first_lines 2
shown "$CANDOR_BIN/candor" action register mortgage.decide \
  --outcome approved --outcome denied --purpose mortgage_underwriting --resource-type mortgage_application \
  --reason debt_to_income --reason loan_to_value --reason credit_history --reason short_credit_history \
  --reason mortgage_history --reason public_record --reason no_insurance --reason self_employed \
  --reason industry_unemployment --reason obligation_not_supported \
  --data-category income_and_debts --data-category property --data-category credit_history \
  --data-category public_record --data-category insurance --data-category employment --data-category statistics |
  first_lines 2
shown "$CANDOR_BIN/candor" codes declare --kind source bank_decision | first_lines 2
shown "$CANDOR_BIN/candor" tenant limits --confidence-floor 0.55 | first_lines 2
