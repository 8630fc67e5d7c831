#!/usr/bin/env bash
# Rules that people wrote: tested, tried on what was just decided, put in charge by two of
# them, and asked.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "Stricter rules, tried on the 2,380 before they may rule"
set=$CANDOR_ROOT/examples/mortgages/policies
export CANDOR_SERVER

# human NAME CODE ROLE: the API key of a human principal, made once.
human() {
  local id
  [[ ! -s $CANDOR_TOUR/$1.apikey ]] || return 0
  [[ -s $CANDOR_TOUR/$1.request ]] || cat /proc/sys/kernel/random/uuid >"$CANDOR_TOUR/$1.request"
  id=$("$CANDOR_BIN/candor" principal create --kind human --human-code "$2" --role "$3" \
    --request-id "$(cat "$CANDOR_TOUR/$1.request")" --key-file "$CANDOR_TOUR/tenant.apikey" --json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["principal"]["principal_id"])')
  "$CANDOR_BIN/candor" key create --principal "$id" --key-file "$CANDOR_TOUR/tenant.apikey" \
    --key-out "$CANDOR_TOUR/$1.apikey" >/dev/null
}
human author "policy author 1" policy_author
human officer "compliance officer 1" compliance

# once NAME: a request id that stays the same when this step is run again.
once() {
  [[ -s $CANDOR_TOUR/$1.request ]] || cat /proc/sys/kernel/random/uuid >"$CANDOR_TOUR/$1.request"
  cat "$CANDOR_TOUR/$1.request"
}
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

shown_indented "$CANDOR_BIN/candor" policy test "$set"
digest=$("$CANDOR_BIN/candor" policy check "$set" | sed -n 's/^digest *//p')
show "$CANDOR_BIN/candor" policy push "$set" --name mortgages
CANDOR_KEY_FILE=$CANDOR_TOUR/author.apikey "$CANDOR_BIN/candor" policy push "$set" --name mortgages \
  --request-id "$(once push)" | sed -n 1,2p | indent
show "$CANDOR_BIN/candor" policy backtest "$digest" --group-by african_american
backtest=("$CANDOR_BIN/candor" policy backtest "$digest" --group-by african_american
  --request-id "$(once backtest)" --key-file "$CANDOR_TOUR/author.apikey")
[[ -s $CANDOR_TOUR/backtest.json ]] || "${backtest[@]}" --json >"$CANDOR_TOUR/backtest.json"
python3 - "$CANDOR_TOUR/backtest.json" <<'PYTHON'
import json, sys

report = json.load(open(sys.argv[1]))
tried = int(report["replayed_count"])
print(f"    {tried:,} decisions judged once more, {int(report.get('not_replayed_count', 0))} could not be")
for one in report["changes"]:
    old, new = (one[name].removeprefix("VERDICT_").lower() for name in ("old_verdict", "new_verdict"))
    share = f"{float(one['share_low']):.1%} to {float(one['share_high']):.1%}"
    print(f"    african_american {one['group']:<3}  {old} to {new}: {one['count']} of {one['decision_count']}"
          f"  (95 % interval {share})")
print(f"    {int(report['affected_person_count']):,} persons would be affected; whom a change would hit is seen before it rules")
if tried != 2380 or not report["changes"]:
    sys.exit("The backtest did not judge what was decided.")
PYTHON

heading "Two people put them in charge, and the gate goes by them"
proposal=$("$CANDOR_BIN/candor" policy propose "$digest" --report "$(field report_id <"$CANDOR_TOUR/backtest.json")" \
  --request-id "$(once propose)" --key-file "$CANDOR_TOUR/author.apikey" --json | field proposal_id)
say "  The author proposes; the author alone cannot confirm:"
if CANDOR_KEY_FILE=$CANDOR_TOUR/author.apikey "$CANDOR_BIN/candor" policy confirm "$proposal" 2>"$CANDOR_TOUR/refused"; then
  die "  One person put a policy set in charge alone."
fi
sed -n 1p "$CANDOR_TOUR/refused" | indent
show "$CANDOR_BIN/candor" policy confirm "$proposal"
CANDOR_KEY_FILE=$CANDOR_TOUR/officer.apikey "$CANDOR_BIN/candor" policy confirm "$proposal" --request-id "$(once confirm)" |
  sed -n 1,2p | indent
say "  An application as an operator reads it: the scorecard is sure, the loan is not far from the value:"
ask=("$CANDOR_BIN/candor" authorize --system mortgage_desk --action mortgage.decide --confidence 0.93
  --person applicant-of-the-tour --inputs '{"lvrat":"0.94"}')
show "${ask[@]}"
status=0
CANDOR_KEY_FILE=$CANDOR_TOUR/component.apikey "${ask[@]}" --request-id "$(once ask)" >"$CANDOR_TOUR/asked" || status=$?
indent <"$CANDOR_TOUR/asked"
if ((status != 1)) || ! grep -q loan_near_value "$CANDOR_TOUR/asked"; then die "  The rules in charge did not decide."; fi
done_line "escalated by a rule that two people put in charge; the rule and its set are named in the leaf"
