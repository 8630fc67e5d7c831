#!/usr/bin/env bash
# Somebody who may write to the database turns a refusal around: one byte, named.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

candor=$CANDOR_BIN/candor
leaf=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["id"])' "$CANDOR_TOUR/outcome.leaf.json")
# put FROM TO: writes TO over FROM in that leaf, and the hash that goes with it, without which PostgreSQL refuses the row.
put() {
  psql -X -q -v ON_ERROR_STOP=1 "$CANDOR_DATABASE" -c "UPDATE entries SET (leaf, leaf_hash) =
    (SELECT put, sha256('\\x00'::bytea || put) FROM (SELECT overlay(leaf PLACING '\"outcome\":\"$2\"'::bytea
      FROM position('\"outcome\":\"$1\"'::bytea IN leaf))) AS one (put))
    WHERE leaf_id = '$leaf' AND position('\"outcome\":\"$1\"'::bytea IN leaf) > 0"
}

heading "One byte of one row flipped in PostgreSQL, by somebody who may do anything there"
verify=("$candor" verify ledger --database "$CANDOR_DATABASE" --origin "$CANDOR_ORIGIN" --vkey-file "$CANDOR_TOUR/ledger.vkey"
  --keys "$CANDOR_STATE/keys")
trap 'put deniee denied' EXIT
put denied deniee
show "${verify[@]}"
status=0
"${verify[@]}" >"$CANDOR_TOUR/altered" 2>&1 || status=$?
grep -A 9 '^altered' "$CANDOR_TOUR/altered" | indent
put deniee denied
trap - EXIT
((status == 1)) || die "  The flipped byte was not noticed."
"${verify[@]}" >"$CANDOR_TOUR/restored" || die "  The byte was put back, and the ledger is not intact."
grep -e '^intact' "$CANDOR_TOUR/restored" | indent
done_line "named, with its table, position and column; put back, the ledger is intact again"
