"""python3 -m candor.verify: verifies receipts, checkpoints, audit bundles and whole ledgers, offline."""

import sys
from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    try:
        from candor.commands import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "cryptography":
            raise
        print("error: the Python package `cryptography` is not there", file=sys.stderr)
        print("  next:   apt-get install python3-cryptography", file=sys.stderr)
        return 2
    return run(words)


if __name__ == "__main__":
    sys.exit(main())
