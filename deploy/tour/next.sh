#!/usr/bin/env bash
# What a curious person would type next.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

heading "Next, in another terminal, while ./run serves"
say "  the last things that happened, read with PostgreSQL alone"
say "    psql '$CANDOR_DATABASE' -Atc \"SELECT convert_from(leaf, 'UTF8') FROM entries ORDER BY position DESC LIMIT 3\""
say "  one application asked for once more: the same receipts, no new leaf"
say "    build/release/bin/mortgage_scorecard --server $CANDOR_SERVER --key-file $CANDOR_TOUR/component.apikey \\"
say "      --data examples/mortgages/mortgages.csv --card examples/mortgages/scorecard.json --only 119"
say "  the whole ledger fetched from its server by an auditor, and verified here"
say "    build/release/bin/candor verify server --server $CANDOR_SERVER --key-file $CANDOR_TOUR/auditor.apikey \\"
say "      --vkey-file $CANDOR_TOUR/ledger.vkey"
