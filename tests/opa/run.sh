#!/bin/sh
# Holds our Rego engine against OPA: `run.sh cases LIBRARY` runs the cases OPA is tested with, `run.sh fuzz LIBRARY
# -policies FOLDER [-count N] [-seed N]` asks both about random inputs. LIBRARY is libcandor_rego.a.
# Ends with 77 where Go or its modules cannot be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
program=$1
library=$(realpath "$2")
shift 2

skipped() {
  echo "skipped: $1" >&2
  exit 77
}
command -v go >/dev/null || skipped "there is no Go"
cd "$here"
GOFLAGS=-mod=readonly go mod download >/dev/null 2>&1 || skipped "the Go modules cannot be had"

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
# The key of Go's cache does not hold what is in the library, so its digest stands in the flags.
digest=$(sha256sum "$library" | cut -c1-16)
export CGO_CFLAGS="-O1 -DLIBRARY=0x$digest" CGO_LDFLAGS="$library -lpthread -ldl -lm"
go build -o "$built/program" "./$program"
if [ "$program" = cases ]; then
  set -- -cases "$(go list -m -f '{{.Dir}}' github.com/open-policy-agent/opa)/v1/test/cases/testdata/v1" "$@"
fi
"$built/program" "$@"
