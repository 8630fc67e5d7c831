#!/usr/bin/env bash
# One applicant who was denied asks: what did AI decide about me, why, with which of my data?
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "Plain words for the codes, which persons will read"
export CANDOR_SERVER

human owner "model owner 1" model_owner
for language in en de; do
  words=$CANDOR_ROOT/examples/mortgages/reasons_$language.json
  show "$CANDOR_BIN/candor" reasons put "$words"
  by owner "$CANDOR_BIN/candor" reasons put "$words" --request-id "$(once "words-$language")" | sed -n 1,2p | indent
done

heading "Applicant 119 was denied, and asks why"
say "  The bank knows who they are, and gets them a token for fifteen minutes:"
token=$CANDOR_TOUR/applicant-119.token
rm -f -- "$token"
show "$CANDOR_BIN/candor" person token --person applicant-119 --out "$token"
"$CANDOR_BIN/candor" person token --person applicant-119 --out "$token" --key-file "$CANDOR_TOUR/tenant.apikey" |
  sed -n 1,2p | indent
decision=$("$CANDOR_BIN/candor" person decisions --person-token-file "$token" --json |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["decisions"][-1]["decision_id"])')
explain=("$CANDOR_BIN/candor" explain "$decision" --person-token-file "$token")
show "${explain[@]}"
"${explain[@]}" >"$CANDOR_TOUR/applicant-119.txt"
indent <"$CANDOR_TOUR/applicant-119.txt"

heading "The same as a page, in two languages, with its proof in it"
for language in en de; do
  shown_indented "${explain[@]}" --language "$language" --html "$CANDOR_TOUR/applicant-119.$language.html" \
    --proof "$CANDOR_TOUR/applicant-119.proof.json"
done
say "  Open it in a browser: file://$CANDOR_TOUR/applicant-119.en.html"
shown_indented "$CANDOR_BIN/candor" verify explanation "$CANDOR_TOUR/applicant-119.proof.json" --vkey-file "$CANDOR_TOUR/ledger.vkey"

say "  Of somebody else's decision there is nothing to be seen:"
other=$CANDOR_TOUR/applicant-120.token
rm -f -- "$other"
"$CANDOR_BIN/candor" person token --person applicant-120 --out "$other" --key-file "$CANDOR_TOUR/tenant.apikey" >/dev/null
status=0
"$CANDOR_BIN/candor" explain "$decision" --person-token-file "$other" 2>"$CANDOR_TOUR/refused" || status=$?
sed -n 1p "$CANDOR_TOUR/refused" | indent
((status == 1)) || die "  Somebody else's decision was shown."
for word in "A large share of your income" "refused" "would have changed"; do
  grep -q "$word" "$CANDOR_TOUR/applicant-119.txt" || die "  The page does not say: $word"
done
done_line "the page says what was recorded, and carries what proves it"
