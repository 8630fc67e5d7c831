#!/usr/bin/env bash
# Who was refused, and were groups of people treated alike: found, counted, and counted once more.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

export CANDOR_SERVER
candor=$CANDOR_BIN/candor

heading "A compliance officer looks for the refused applicants"
search=("$candor" search "system = mortgage_desk AND outcome = denied AND model_version = v1" --limit 3 --total)
show "${search[@]}"
by officer "${search[@]}" >"$CANDOR_TOUR/refused-found"
sed -n 1,4p "$CANDOR_TOUR/refused-found" | indent
grep '^in all' "$CANDOR_TOUR/refused-found" | indent

heading "A fairness report on the bank's own decisions: protected attributes are counted, and shown to nobody"
by owner "$candor" codes declare --kind reason fairness_audit --request-id "$(once reason-fairness)" >/dev/null
bias=("$candor" report bias-audit "action = mortgage.decide" --measured ground_truth --selected approved
  --attribute african_american --attribute single --reason fairness_audit --out "$CANDOR_TOUR/fairness")
show "${bias[@]}"
by officer "${bias[@]}" >"$CANDOR_TOUR/fairness.txt"
grep -v '^request ' "$CANDOR_TOUR/fairness.txt" | indent
say "  Counted once more, from the table of the example alone (applicant 120 was forgotten):"
# shellcheck disable=SC2016  # Fields of awk.
again='NR > 1 && $1 != 120 {n[$13]++; s[$13] += $2 == "no"} END {printf "%.3f\n", s["yes"] / n["yes"] / (s["no"] / n["no"])}'
say "  ${dim}\$ awk -F, '$again' examples/mortgages/mortgages.csv$plain"
ratio=$(awk -F, "$again" "$CANDOR_ROOT/examples/mortgages/mortgages.csv")
say "    $ratio"
grep -q "^african_american,yes,339,243,.*,$ratio" "$CANDOR_TOUR/fairness/report.csv" || die "  The report says another ratio."
say "  That it was made is an entry, which holds the digest of its files:"
shown_indented "$candor" verify receipt --vkey-file "$CANDOR_TOUR/ledger.vkey" \
  "$CANDOR_TOUR/fairness/report.leaf.json" "$CANDOR_TOUR/fairness/report.tlog-proof"
digest=$(cd "$CANDOR_TOUR/fairness" && cat report.html report.csv report.json | openssl dgst -sha256 -binary | base64)
grep -q "\"report_digest\":\"$digest\"" "$CANDOR_TOUR/fairness/report.leaf.json" || die "  The entry is of another report."
done_line "approved at $ratio of the rate of all others; open it in a browser: file://$CANDOR_TOUR/fairness/report.html"
