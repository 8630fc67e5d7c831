#!/usr/bin/env bash
# What a curious person would type next.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "Next, in another terminal, while ./run serves"
cat <<TEXT
  the ledger, walked with PostgreSQL alone
    psql '$CANDOR_DATABASE' -c "SELECT position, convert_from(leaf, 'UTF8') FROM entries ORDER BY position DESC LIMIT 3"
  one application asked for again: the same receipts, no new leaf
    build/release/bin/mortgage_scorecard --server $CANDOR_SERVER --key-file $CANDOR_TOUR/component.apikey \\
      --data examples/mortgages/mortgages.csv --card examples/mortgages/scorecard.json --only 119
  the whole ledger, verified once more
    build/release/bin/candor verify ledger --database '$CANDOR_DATABASE'
TEXT
