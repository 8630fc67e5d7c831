#!/usr/bin/env bash
# Applicant 119 contests the denial; a human who took no part answers, and the applicant reads it.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

export CANDOR_SERVER
candor=$CANDOR_BIN/candor
token=$CANDOR_TOUR/applicant-119.token

heading "Applicant 119 contests the denial"
decision=$("$candor" person decisions --person-token-file "$token" --json |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["decisions"][-1]["decision_id"])')
contest=("$candor" person contest "$decision" --statement "My partner earns too." --person-token-file "$token")
show "${contest[@]}"
[[ -s $CANDOR_TOUR/contested ]] || "${contest[@]}" >"$CANDOR_TOUR/contested"
grep -e '^case' -e '^state' -e '^received' -e '^due by law' "$CANDOR_TOUR/contested" | indent
task=$(sed -n 's/^case  *//p' "$CANDOR_TOUR/contested")

heading "A reviewer who took no part in it answers"
human arbiter "arbiter 1" reviewer
by arbiter "$candor" task claim "$task" --request-id "$(once claim-case)" >/dev/null
answer=("$candor" task answer "$task" upheld --reason value_checked
  --text "We looked again, with your partner's income. The debts still weigh too much.")
show "${answer[@]}"
by arbiter "${answer[@]}" --request-id "$(once answer-case)" | grep -e '^state' -e '^answered' | indent

say "  The applicant reads the answer, and what happened when:"
ask=("$candor" person case "$task" --person-token-file "$token")
show "${ask[@]}"
"${ask[@]}" >"$CANDOR_TOUR/case"
grep -e '^outcome' -e '^answer ' -e '^step' "$CANDOR_TOUR/case" | indent
grep -q "looked again" "$CANDOR_TOUR/case" || die "  The answer did not reach the applicant."
done_line "contested, answered by another human, and each step has its receipt"
