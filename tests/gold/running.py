#!/usr/bin/env python3
"""Findings in running text against what was judged about them.

  running.py BINARY FOLDER

FOLDER holds da_ddt-ud-dev.iob2 and sv_talbanken-ud-dev.iob2 of UNER (CC BY-SA 4.0, not part of this repository). Prints how
many special and protected findings are right and wrong by `running.tsv`, wrong ones per 1,000 tokens, and where those
stand that nobody has judged yet; ends with 1 if there are any.
"""
import json, os, subprocess, sys

CORPORA = {"da_ddt": ("da", "da_ddt-ud-dev.iob2"), "sv_talbanken": ("sv", "sv_talbanken-ud-dev.iob2")}
IDENTIFIERS = {"personnummer", "cpr", "name", "birth_date", "phone", "email", "address"}


def main(binary, folder):
    judged = {}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "running.tsv"), encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                corpus, sentence, start, end, category, verdict, _ = line.rstrip("\n").split("\t")
                judged[corpus, sentence, start, end, category] = verdict
    unjudged = False
    for corpus, (lang, file) in CORPORA.items():
        with open(os.path.join(folder, file), encoding="utf-8") as f:
            lines = f.read().splitlines()
        tokens = sum(bool(line) and not line.startswith("#") for line in lines)
        texts = [line[len("# text = "):] for line in lines if line.startswith("# text = ")]
        records = "".join(json.dumps({"id": str(n), "lang": lang, "text": t}) + "\n" for n, t in enumerate(texts, 1))
        ran = subprocess.run([binary, "check", "--input-format", "records", "--format", "jsonl"],
                             input=records.encode(), stdout=subprocess.PIPE)
        counts = {"right": 0, "wrong": 0, "unjudged": 0}
        for answer in map(json.loads, ran.stdout.splitlines()):
            for finding in (f for f in answer["findings"] if f["category"] not in IDENTIFIERS):
                key = (corpus, answer["id"], str(finding["start"]), str(finding["end"]), finding["category"])
                counts[judged.get(key, "unjudged")] += 1
                if key not in judged:
                    print("not judged:", *key)
        unjudged |= counts["unjudged"] > 0
        print(f"{corpus}: {counts}, {1000 * counts['wrong'] / tokens:.1f} wrong in 1,000 tokens")
    return int(unjudged)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    sys.exit(main(*sys.argv[1:]))
