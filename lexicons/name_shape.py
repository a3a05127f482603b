#!/usr/bin/env python3
"""Trains `name_shape.txt`: how much a word is spelt like a name, from our own lists.

  python3 lexicons/name_shape.py [--texts FOLDER] [--held-out SEED]

A word's bytes, lower case, between ^ and $, give all runs of two to five bytes; each run has a weight, found by its
FNV-1a hash; the sum says whether the word looks like a name (above zero) or like an ordinary word. Names are the lists of
given names and surnames, classes 1 and 2; ordinary words are those of the other lists, and of marked texts (`*.jsonl` in
FOLDER, as tests/gold/GUIDELINE.md describes them) outside marked names. With --held-out a fifth of the names is left out of the training (and of the lists, which are written anew), for
measuring what is found of names that nobody listed.
"""
import argparse, glob, json, math, os, random, re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SIZE, WIDTH = 8192, 118
UNIT, MOST = 0.1, 46  # of a logit; in units


def slot(run):
    h = 0x811C9DC5
    for b in run:
        h = ((h ^ b) * 0x01000193) & 0xFFFFFFFF
    return (h >> 3) % SIZE


def slots(word):
    b = f"^{word}$".encode()
    return [slot(b[i : i + n]) for n in (2, 3, 4, 5) for i in range(len(b) - n + 1)]


def held_out(name, seed):
    """A fifth of all names, the same for every list."""
    return seed is not None and random.Random(f"{seed} {name}").random() < 0.2


def read_names(seed):
    names = set()
    for path in glob.glob(f"{ROOT}/lexicons/*/*names.txt"):
        lines = open(path, encoding="utf-8").read().splitlines()
        kept = [l for l in lines if l.startswith("#") or not held_out(l.split(" ")[0], seed)]
        names |= {l.split(" ")[0] for l in kept if l[:1] != "#" and not l.endswith(" 3")}
        if seed is not None:
            open(path, "w", encoding="utf-8").write("\n".join(kept) + "\n")
    return {n for n in names if len(n) >= 3}


def read_words(texts):
    words = set()
    for path in glob.glob(f"{ROOT}/lexicons/*/*.yaml"):
        if not path.endswith("names.yaml"):
            words |= set(re.findall(r"[^\W\d_]{3,}", open(path, encoding="utf-8").read().lower()))
    for path in sorted(glob.glob(f"{texts}/*.jsonl")) if texts else []:
        for line in open(path, encoding="utf-8"):
            marked = re.sub(r"\[\[\??[a-z_|]*name[a-z_|]*:[^\]]*\]\]", " ", json.loads(line)["marked"])
            words |= set(re.findall(r"[^\W\d_]{3,}", re.sub(r"\[\[\??[a-z_|]+:", " ", marked).lower()))
    return words


def train(names, words):
    rng = random.Random(7)
    data = [(slots(n), 1) for n in sorted(names)] + [(slots(w), 0) for w in sorted(words - names)]
    balance = len(words - names) / len(names)
    weights, bias = [0.0] * SIZE, 0.0
    for epoch in range(4):
        rng.shuffle(data)
        rate = 0.3 / (1 + epoch)
        for runs, is_name in data:
            z = bias + sum(weights[i] for i in runs)
            error = is_name - 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))
            step = error * rate * (balance if is_name else 1.0)
            bias += step * 0.02 / len(runs) ** 0.5
            for i in runs:
                weights[i] += step / len(runs) ** 0.5
    return weights, bias


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts")
    parser.add_argument("--held-out")
    args = parser.parse_args()
    names, words = read_names(args.held_out), read_words(args.texts)
    weights, bias = train(names, words)
    letters = "".join(chr(80 + max(-MOST, min(MOST, round(w / UNIT)))) for w in weights)
    head = [
        "# How much a word is spelt like a name: a letter of weight for each run of bytes, see name_shape.py.",
        f"# Source: trained on {len(names)} names and {len(words - names)} other words of this project.",
        "# Licence: MIT OR Apache-2.0",
        "# Date: 2026-11-22",
        f"bias {round(bias / UNIT)}",
    ]
    lines = [letters[i : i + WIDTH] for i in range(0, SIZE, WIDTH)]
    with open(f"{ROOT}/lexicons/name_shape.txt", "w", encoding="utf-8") as out:
        out.write("\n".join(head + ["=" + line for line in lines]) + "\n")


main()
