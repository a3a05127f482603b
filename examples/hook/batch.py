#!/usr/bin/env python3
"""Looks through one column of a spreadsheet saved as CSV, many rows a request, and adds two columns: what fritext says
and what may stand there instead.

    batch.py PLACE SYSTEM FIELD COLUMN < export.csv > looked_through.csv
"""

import csv
import sys

from client import Fritext

ROWS = 200


def main(place, system, field, column):
    fritext = Fritext(place, timeout=30)
    source = sys.stdin.read()
    dialect = csv.Sniffer().sniff(source.splitlines()[0], delimiters=";,\t")
    rows = list(csv.DictReader(source.splitlines(keepends=True), dialect=dialect))
    out = csv.DictWriter(sys.stdout, [*rows[0], "fritext", "instead"], dialect=dialect, lineterminator="\n")
    out.writeheader()
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        records = [{"id": i, "system": system, "field": field, "text": r[column] or ""} for i, r in enumerate(some)]
        answers = fritext.ask("/v1/check", {"records": records})["records"]
        for row, answer in zip(some, answers, strict=True):
            out.writerow({**row, "fritext": answer["verdict"], "instead": answer.get("suggested_text", "")})


if __name__ == "__main__":
    main(*sys.argv[1:5])
