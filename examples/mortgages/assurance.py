#!/usr/bin/env python3
"""Tests the scorecard before it may decide: what an approval of its version rests on.

    assurance.py SCORECARD.json APPLICATIONS.csv    prints an AssuranceRun, for `candor assurance record`

Scores every application by the card, without the component's own code, and asks of each:
does more debt ever help, does a clean record ever hurt, and did the bank decide the same?
"""

import base64
import csv
import datetime
import hashlib
import json
import math
import sys

LEAST_AGREEMENT = 0.85


def log_odds(card, row):
    total = card["intercept"]
    for term in card["terms"]:
        text = row[term["column"]]
        if "is" in term:
            value = text in term["is"]
        elif "above" in term:
            value = float(text) > term["above"]
        else:
            value = min(max(float(text), term["from"]), term["to"])
        total += term["coefficient"] * value
    return total


def denies(card, row):
    return 1 / (1 + math.exp(-log_odds(card, row))) >= card["threshold"]


def more_debt_never_helps(card, row):
    return log_odds(card, row | {"pirat": str(float(row["pirat"]) + 0.1)}) >= log_odds(card, row)


def a_clean_record_never_hurts(card, row):
    return log_odds(card, row | {"phist": "no", "insurance": "no", "chist": "1"}) <= log_odds(card, row)


def the_bank_decided_the_same(card, row):
    return denies(card, row) == (row["deny"] == "yes")


def main(card_file, data_file):
    started = datetime.datetime.now(datetime.timezone.utc)
    card = json.load(open(card_file, encoding="utf-8"))
    rows = list(csv.DictReader(open(data_file, encoding="utf-8")))
    checks = {"more_debt": more_debt_never_helps, "clean_record": a_clean_record_never_hurts,
              "same_as_the_bank": the_bank_decided_the_same}
    passed = {name: sum(check(card, row) for row in rows) for name, check in checks.items()}
    good = (passed["more_debt"] == passed["clean_record"] == len(rows)
            and passed["same_as_the_bank"] >= LEAST_AGREEMENT * len(rows))
    ended = datetime.datetime.now(datetime.timezone.utc)
    print(json.dumps({
        "system": "mortgage_desk", "model": "mortgage_scorecard", "model_version": "v" + card["version"],
        "suite": "scorecard_sense",
        "suite_digest": base64.b64encode(hashlib.sha256(open(__file__, "rb").read()).digest()).decode(),
        "result": "ASSURANCE_RESULT_PASSED" if good else "ASSURANCE_RESULT_FAILED",
        "categories": [{"category": name, "run_count": len(rows), "passed_count": count} for name, count in passed.items()],
        "start_time": started.isoformat().replace("+00:00", "Z"), "end_time": ended.isoformat().replace("+00:00", "Z"),
    }, indent=2))
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
