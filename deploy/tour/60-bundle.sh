#!/usr/bin/env bash
# The whole ledger taken away by an auditor, and checked by a program that never saw the service.
set -euo pipefail
# shellcheck source=deploy/lib/tour.sh
. "$CANDOR_ROOT/deploy/lib/tour.sh"

export CANDOR_SERVER
bundle=$CANDOR_TOUR/audit.tar

heading "An audit bundle: the whole ledger, with the outputs of its decisions in clear, in one file"
export_all=("$CANDOR_BIN/candor" export "$bundle" --section output --reason value_checked)
show "${export_all[@]}"
if [[ ! -s $bundle ]]; then by officer "${export_all[@]}" --request-id "$(once export)" >"$CANDOR_TOUR/exported"; fi
grep -e '^bundle' -e '^sha256' "$CANDOR_TOUR/exported" | indent

heading "Checked by a program that needs no service, no database and no network"
verify=("$CANDOR_BIN/candor-verify" "$bundle" --vkey-file "$CANDOR_TOUR/ledger.vkey")
shown_indented "${verify[@]}"
say "  and by the verifier in Python, which shares no code with it"
say "  ${dim}\$ PYTHONPATH=clients/python python3 -m candor.verify bundle ${bundle//"$CANDOR_ROOT/"/} --vkey-file …$plain"
PYTHONPATH=$CANDOR_ROOT/clients/python python3 -B -m candor.verify bundle "$bundle" --vkey-file "$CANDOR_TOUR/ledger.vkey" |
  tail -n 2 | indent

heading "The same bundle with one byte of one leaf flipped"
python3 - "$bundle" "$CANDOR_TOUR/flipped.tar" <<'FLIP'
import sys
tar = open(sys.argv[1], "rb").read()
at = tar.index(b'"outcome":"denied"')
open(sys.argv[2], "wb").write(tar[:at] + b'"outcome":"deniee"' + tar[at + 18:])
FLIP
status=0
"$CANDOR_BIN/candor-verify" "$CANDOR_TOUR/flipped.tar" --vkey-file "$CANDOR_TOUR/ledger.vkey" >"$CANDOR_TOUR/flipped" || status=$?
rm "$CANDOR_TOUR/flipped.tar"
grep -A 9 '^altered' "$CANDOR_TOUR/flipped" | indent
((status == 1)) || die "  The flipped byte was not noticed."
done_line "refused, with the line that was altered; report/index.html in the bundle is the part for people"
