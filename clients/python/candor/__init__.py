"""A second verifier of Candor's ledgers, written from docs/reference/ledger-format.md alone."""
