#!/usr/bin/env python3
"""Measures names in running text and by origin.

  tests/corpora.py FRITEXT FOLDER

FOLDER holds texts with persons marked, one word a line, and is no part of this repository: `sv_*.txt` with word and tag
(PER), `sv_*.iob2` and `da_*.iob2` in the form of Universal NER; and, if there is one, `names.csv` with the columns name,
ethnicity and first_name. Printed are recall and precision by word over all persons of a text, and by origin the share of
names that are found in plain sentences.
"""
import csv, json, os, subprocess, sys


def sentences(path):
    """Lists of (word, is a person's)."""
    out, now = [], []
    news = path.endswith(".txt")
    for line in open(path, encoding="utf-8"):
        cells = line.split()
        if len(cells) < 2 and not line.startswith("# "):
            if now:
                out.append(now)
            now = []
        elif not line.startswith("# "):
            word, tag = (cells[0], cells[-1]) if news else (cells[1], cells[2])
            now.append((word, "PER" in tag))
    return out + [now] if now else out


def check(fritext, texts, lang):
    """Findings of names by text: lists of (start, end) in bytes."""
    records = "".join(json.dumps({"id": i, "lang": lang, "text": t}) + "\n" for i, t in enumerate(texts))
    command = [fritext, "check", "--input-format", "records", "--format", "jsonl"]
    ran = subprocess.run(command, input=records.encode(), stdout=subprocess.PIPE)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    return [[(f["start"], f["end"]) for f in a["findings"] if f["category"] == "name"] for a in answers if "id" in a]


def running_text(fritext, path):
    parts = sentences(path)
    found = check(fritext, [" ".join(w for w, _ in s) for s in parts], os.path.basename(path)[:2])
    right = wrong = missed = 0
    for sentence, spans in zip(parts, found):
        at = 0
        for word, person in sentence:
            end = at + len(word.encode())
            named = any(a < end and at < b for a, b in spans)
            letters = any(c.isalpha() for c in word) and len(word) > 1
            right += person and named and letters
            missed += person and not named and letters
            wrong += named and not person and letters
            if "--errors" in sys.argv and letters and named != person:
                print("wrong" if named else "missed", word, "|", " ".join(w for w, _ in sentence)[:150], sep="\t")
            at = end + 1
    return right / (right + missed), right / (right + wrong), right + missed


FRAMES = {
    "sv": ("{} har feber idag", "Pratade med {} om läxan", "Hej, {} mår bra. Mvh", "Mvh {}", "{}s mamma ringde"),
    "da": ("{} har feber i dag", "Talte med {} om lektien", "Hej, {} har det godt. Hilsen", "Mvh {}", "{}s mor ringede"),
}


def origins(fritext, path, only=None):
    groups = {}
    for row in csv.DictReader(open(path, encoding="utf-8")):
        name = row["name"].strip()
        if len(name) > 2 and (only is None or only(name)):
            groups.setdefault((row["ethnicity"], row["first_name"] == "True"), set()).add(name)
    for (origin, first), names in sorted(groups.items()):
        for lang, frames in FRAMES.items():
            names = sorted(names)
            # A surname stands behind a given name in half of the sentences.
            whole = [n if first else f"Anna {n}" if i % 2 else n for i, n in enumerate(names)]
            texts = [f.format(n) for n in whole for f in frames]
            found = check(fritext, texts, lang)
            hits = sum(any(t.encode()[a:b].decode().find(n) >= 0 or n in t.encode()[a:b].decode() for a, b in s)
                       for (t, s, n) in zip(texts, found, [n for n in names for _ in frames]))
            kind = "given names" if first else "surnames"
            print(f"{origin:10} {kind:12} {lang}  recall {hits / len(texts):.3f}  of {len(names)}")


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(args) != 2:
        raise SystemExit(__doc__)
    fritext, folder = args
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith((".txt", ".iob2")):
            recall, precision, count = running_text(fritext, path)
            print(f"{name:28} recall {recall:.3f}  precision {precision:.3f}  words of persons {count}")
        elif name == "names.csv":
            origins(fritext, path)


if __name__ == "__main__":
    main()
