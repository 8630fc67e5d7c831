#!/usr/bin/env bash
# A person looks at the mortgage that was escalated, and the component goes on: once, with that
# very application.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

export CANDOR_SERVER
candor=$CANDOR_BIN/candor
human underwriter "underwriter 1" reviewer
by owner "$candor" codes declare --kind reason value_checked --request-id "$(once reason-checked)" >/dev/null

heading "A person looks at what was escalated: the task was opened by the very leaf that escalated"
task=$(sed -n 's/^review task  *//p' "$CANDOR_TOUR/asked")
claim=("$candor" task claim "$task")
show "${claim[@]}"
by underwriter "${claim[@]}" --request-id "$(once claim)" >"$CANDOR_TOUR/claimed"
grep -e '^queue' -e '^action' -e '^why' -e '^due' "$CANDOR_TOUR/claimed" | indent
open=("$candor" task show "$task" --open --json)
show "${open[@]}"
[[ -s $CANDOR_TOUR/shown.json ]] || by underwriter "${open[@]}" >"$CANDOR_TOUR/shown.json"
python3 - "$CANDOR_TOUR/shown.json" <<'PYTHON'
import base64, json, sys

for section in json.load(open(sys.argv[1]))["task"]["sections"]:
    print(f"    {section['name']:<10}  {base64.b64decode(section['content']).decode()[:110]}")
PYTHON
say "  That it was read is a leaf; so is what the reviewer says, bound to what was shown:"
resolve=("$candor" task resolve "$task" uphold --reason value_checked --why "The valuation is of last week"
  --shown "$CANDOR_TOUR/shown.json")
show "${resolve[@]}"
by underwriter "${resolve[@]}" --request-id "$(once resolve)" >"$CANDOR_TOUR/resolved"
grep -e '^state' -e '^resolution' -e '^review' -e '^counts until' "$CANDOR_TOUR/resolved" | indent

heading "The component learns it, and goes on"
show "$candor" task watch "$task" --wait
by component "$candor" task watch "$task" --wait | indent
review=$(sed -n 's/^review  *//p' "$CANDOR_TOUR/resolved")
again=("$candor" authorize --file "$CANDOR_ROOT/examples/mortgages/application.json"
  --inputs '{"pirat":"0.31","lvrat":"0.94"}' --set "review_id=$review")
show "${again[@]}"
by component "${again[@]}" --request-id "$(once go-on)" >"$CANDOR_TOUR/went-on" || die "  The review did not count."
grep -e '^verdict' -e '^rule' "$CANDOR_TOUR/went-on" | indent
say "  Once more, under another request:"
status=0
by component "${again[@]}" --request-id "$(once go-on-twice)" >"$CANDOR_TOUR/twice" || status=$?
grep -e '^verdict' -e '^reasons' "$CANDOR_TOUR/twice" | indent
if ((status != 1)) || ! grep -q REVIEW_INVALID "$CANDOR_TOUR/twice"; then die "  A review was used twice."; fi
show "$candor" task stats
by underwriter "$candor" task stats | indent
done_line "allowed once, for that application alone, because a human looked; the leaves name no human"
