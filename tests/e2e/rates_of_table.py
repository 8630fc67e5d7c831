#!/usr/bin/env python3
"""Holds a bias audit of the bank's own decisions against the table of mortgages, in exact fractions.

usage: rates_of_table.py mortgages.csv report.csv report.json

Shares no code and no arithmetic with the server: rates and ratios are fractions, and the chance adds up whole
numbers of tables. Prints the ratio of African-American applicants; exits 1 where anything differs.
"""

import csv
import json
import sys
from collections import Counter
from fractions import Fraction
from math import comb

COLUMNS = {"african_american": "afam", "single": "single", "high_school_diploma": "hschool"}


def half_up(value, digits):
    scaled = (2 * value.numerator * 10**digits + value.denominator) // (2 * value.denominator)
    text = str(scaled).rjust(digits + 1, "0")
    return text[:-digits] + "." + text[-digits:]


def fisher(one, other):
    (a, n), (b, m) = one, other
    ways = [comb(n, k) * comb(m, a + b - k) for k in range(max(0, a + b - m), min(n, a + b) + 1)]
    seen = comb(n, a) * comb(m, b)
    return float(Fraction(sum(w for w in ways if w <= seen), sum(ways)))


def expected(applications, names):
    people, selected = Counter(), Counter()
    for application in applications:
        values = tuple(application[COLUMNS[name]] for name in names)
        people[values] += 1
        selected[values] += application["deny"] == "no"
    highest = max(sorted(people), key=lambda values: Fraction(selected[values], people[values]))
    top = Fraction(selected[highest], people[highest])
    rows = {}
    for values, n in people.items():
        rate = Fraction(selected[values], n)
        chance = fisher((selected[values], n), (selected[highest], people[highest])) if values != highest else None
        rows["+".join(values)] = (n, selected[values], rate, rate / top, chance)
    return rows


def differences(group, row, precise, wanted):
    people, selected, rate, ratio, chance = wanted
    below = "yes" if ratio < Fraction(4, 5) else "no"
    told = tuple(row[name] for name in ("people", "selected", "rate", "impact_ratio", "below_four_fifths"))
    if told != (str(people), str(selected), half_up(rate, 3), half_up(ratio, 3), below):
        yield f"{group} {row['category']}: {told}"
    told = tuple(precise[name] for name in ("people", "selected", "rate", "impact_ratio"))
    if told != (people, selected, half_up(rate, 6), half_up(ratio, 6)):
        yield f"{group} {row['category']} in JSON: {told}"
    if chance is not None and abs(float(row["fisher_p"]) - chance) > 0.006 * chance:
        yield f"{group} {row['category']}: chance {row['fisher_p']} instead of {chance}"


def main(table, report, report_json):
    with open(table, newline="", encoding="utf-8") as file:
        applications = list(csv.DictReader(file))
    with open(report, newline="", encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    with open(report_json, encoding="utf-8") as file:
        tables = json.load(file)["figures"]["tables"]
    precise = {("+".join(table["attributes"]), "+".join(one["values"])): one for table in tables for one in table["categories"]}
    wrong = []
    for group in sorted({row["attributes"] for row in told}):
        wanted = expected(applications, group.split("+"))
        rows = {row["category"]: row for row in told if row["attributes"] == group}
        if rows.keys() != wanted.keys():
            wrong.append(f"{group}: {sorted(rows)} instead of {sorted(wanted)}")
            continue
        for category, figures in wanted.items():
            if rows[category]["hidden"] == "no":
                wrong.extend(differences(group, rows[category], precise[group, category], figures))
    print("\n".join(wrong) or half_up(expected(applications, ["african_american"])["yes"][3], 3))
    return 1 if wrong or not told else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
