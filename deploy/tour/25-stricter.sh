#!/usr/bin/env bash
# What an operator reads when the gate says no; and stricter rules, tried on what was just
# decided, put in charge by two people, and asked.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

export CANDOR_SERVER
candor=$CANDOR_BIN/candor
application=$CANDOR_ROOT/examples/mortgages/application.json

# asked NAME REASON OPTION…: authorizes the application, shows the answer, and holds it to that reason.
asked() {
  local status=0 ask=("$candor" authorize --file "$application" "${@:3}")
  show "${ask[@]}"
  by component "${ask[@]}" --request-id "$(once "$1")" >"$CANDOR_TOUR/asked" || status=$?
  grep -v -e '^request ' -e '^receipt ' -e '^decision ' -e '^authorization ' "$CANDOR_TOUR/asked" | indent
  if ((status != 1)) || ! grep -q "$2" "$CANDOR_TOUR/asked"; then die "  The rules in charge did not decide."; fi
}

heading "One DENY and one ESCALATE, as an operator reads them"
say "  A version that nobody approved:"
asked ask-version p_model_appr --set actor.model_version=v2
say "  The scorecard is not sure:"
asked ask-unsure p_conf --confidence 0.41

say "  Why, and what would have changed it:"
decision=$(sed -n 's/^decision  *//p' "$CANDOR_TOUR/asked")
show "$candor" policy explain "$decision"
by officer "$candor" policy explain "$decision" >"$CANDOR_TOUR/why"
indent <"$CANDOR_TOUR/why"
grep -q '^facts.confidence  *"0.55"  *allow' "$CANDOR_TOUR/why" || die "  What would have changed it was not found."

heading "A refusal recorded without its reasons: taken down as it happened, and marked"
by component "$candor" authorize --file "$application" --request-id "$(once ask-plain)" --json >"$CANDOR_TOUR/plain.json"
record=("$candor" record --authorization "$(field authorization_id <"$CANDOR_TOUR/plain.json")" --outcome denied --adverse true)
show "${record[@]}"
status=0
by component "${record[@]}" --request-id "$(once record-plain)" >"$CANDOR_TOUR/recorded" || status=$?
grep -e '^verdict' -e '^marks' -e '^why' -e '^rule' "$CANDOR_TOUR/recorded" | indent
grep -q 'reasons missing\|reasons_missing' "$CANDOR_TOUR/recorded" || die "  The missing reasons were not marked."

heading "Stricter rules, tried on the 2,380 before they may rule"
set=$CANDOR_TOUR/stricter
rm -rf -- "$set"
cp -r -- "$CANDOR_ROOT/policies" "$set"
cp -r -- "$CANDOR_ROOT/examples/mortgages/policies/mortgages" "$set/mortgages"
say "  The packs, and two rules of the desk's own (examples/mortgages/policies):"
shown_indented "$candor" policy test "$CANDOR_ROOT/examples/mortgages/policies"
digest=$("$candor" policy check "$set" --json | field digest)
by author "$candor" policy push "$set" --name stricter --request-id "$(once push)" | sed -n 1,3p | indent
backtest=("$candor" policy backtest "$digest" --group-by african_american)
show "${backtest[@]}"
[[ -s $CANDOR_TOUR/backtest.json ]] || by author "${backtest[@]}" --request-id "$(once backtest)" --json >"$CANDOR_TOUR/backtest.json"
python3 - "$CANDOR_TOUR/backtest.json" <<'PYTHON'
import json, sys

report = json.load(open(sys.argv[1]))
tried = int(report["replayed_count"])
print(f"    {tried:,} decisions judged once more, {int(report.get('not_replayed_count', 0))} could not be")
for one in report["changes"]:
    old, new = (one[name].removeprefix("VERDICT_").lower() for name in ("old_verdict", "new_verdict"))
    share = f"{float(one['share_low']):.1%} to {float(one['share_high']):.1%}"
    print(f"    african_american {one.get('group') or 'not said':<8}  {old} to {new}: {one['count']} of {one['decision_count']}"
          f"  (95 % interval {share})")
print(f"    {int(report['affected_person_count']):,} persons would be affected; whom a change would hit is seen before it rules")
if tried < 2380 or not report["changes"]:
    sys.exit("The backtest did not judge what was decided.")
PYTHON
proposal=$(by author "$candor" policy propose "$digest" --report "$(field report_id <"$CANDOR_TOUR/backtest.json")" \
  --request-id "$(once propose)" --json | field proposal_id)
show "$candor" policy confirm "$proposal"
by officer "$candor" policy confirm "$proposal" --request-id "$(once confirm)" | sed -n 1,2p | indent
asked ask loan_near_value --inputs '{"pirat":"0.31","lvrat":"0.94"}'
done_line "escalated by a rule that two people put in charge; the rule and its set are named in the leaf"
