#!/usr/bin/env python3
"""fritext against other people's readers.

What this proves, on generated and on hand-written hostile input: `fritext redact` takes out what must go and leaves the
rest as it was, in the eyes of readers that know nothing of fritext.

 1. csv       Python's csv sees the same rows and cells, but for masks; redacting twice is redacting once.
 2. json      Python's json sees the same structure, keys, numbers and strings, but for masks; the output parses iff the
              input does; documents in strings stay documents; a broken line of JSON Lines costs no other line.
 3. xml       xmllint calls the output well-formed iff the input is; canonical XML differs in masks only; nothing hostile
              crashes, hangs or expands.
 4. html      html.parser sees the same tags; a word hidden by tags, references, attributes, comments, scripts is gone.
 5. encoding  one table in thirteen encodings comes out as the same table.
 6. packing   gzip and zstd: the same content; what is cut short or damaged is never taken for whole.
 7. pieces    the same bytes however the input arrives and however many threads there are.
 8. mutation  whatever happens to a file: no crash, no hang, valid JSON from `check`, no canary in the output.

Usage: compare.py BINARY [--seed N] [--cases N] [--only NAME] [--all]

Needs Python 3.11, xmllint and zstd. One line per property; exit 1 if any fails, with the first failing input (reduced,
as a repr) and its temporary file; --all shows one input per kind of failure. The persons are invented.
"""

import argparse
import collections
import csv
import gzip
import html.parser
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor

LIMIT = 10  # Seconds that a call may take.
CANARY = "epilepsi"
LABELS = ("borttaget|udeladt|removed|personnummer|national id|cpr|cpr-nummer|cpr-nr|namn|navn|name|telefon|phone|"
          "adress|adresse|address|e-post|e-mail|epost|email|födelsedatum|fødselsdato|date of birth")
MASK = re.compile(r"\[(?:%s)\]|T\.E\." % LABELS)  # Or the initials of the one person here.
MASK_BYTES = re.compile(MASK.pattern.encode())
LEX = ["--system", "lex", "--field", "handlingsrubrik"]
BINARY = ""
FOLDER = ""

csv.field_size_limit(1 << 30)
sys.setrecursionlimit(20000)


class Fail(Exception):
    """A property does not hold. `kind` is the same for the same sort of failure."""

    def __init__(self, kind, detail="", args=()):
        super().__init__(kind)
        self.kind, self.detail, self.call = kind, detail, list(args)


def demand(holds, kind, detail="", args=()):
    if not holds:
        raise Fail(kind, detail() if callable(detail) else detail, args)


Ran = collections.namedtuple("Ran", "code out err")


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith(("FRITEXT", "LC_", "LANG"))}
    return env | {"LANG": "C.UTF-8", "NO_COLOR": "1", "RUST_BACKTRACE": "0"}


def fritext(data, args=(), command="redact", pieces=None):
    """Runs fritext. `pieces`: the input arrives in (piece, seconds to wait after it)."""
    call = [command, *args]
    child = subprocess.Popen([BINARY, *call], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             cwd=FOLDER, env=environment(), bufsize=0)
    timer = threading.Timer(LIMIT, child.kill)
    timer.start()
    try:
        if pieces is None:
            out, err = child.communicate(data)
        else:
            got = {}
            readers = [threading.Thread(target=lambda s=s, n=n: got.__setitem__(n, s.read()))
                       for n, s in (("out", child.stdout), ("err", child.stderr))]
            for reader in readers:
                reader.start()
            try:
                for piece, wait in pieces:
                    view = memoryview(piece)
                    while view:
                        view = view[child.stdin.write(view):]
                    if wait:
                        time.sleep(wait)
                child.stdin.close()
            except BrokenPipeError:
                pass
            for reader in readers:
                reader.join()
            child.wait()
            out, err = got["out"], got["err"]
    finally:
        alive = timer.is_alive()
        timer.cancel()
        for stream in (child.stdin, child.stdout, child.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass
    demand(alive or child.returncode != -9, "hangs for more than %d s" % LIMIT, "", call)
    if child.returncode not in (0, 1, 2) or b"internal error" in err or b"panicked" in err:
        raise Fail("crash", "exit %d, stderr %s" % (child.returncode, brief(err)), call)
    demand(child.returncode != 1 or command == "check", "redact ends with 1", brief(err), call)
    lines = err.decode("utf-8", "replace").split("\n")[:-1]
    for line in lines:
        demand(re.match(r"fritext: |.*: [0-9]+ columns? (has|have) no rule and (was|were) judged by `default`: |.*: not scanned: ", line) and len(line) < 4000 and not re.search(r"[\x00-\x1f\x7f]", line),
               "a message is broken by what it names", brief(err), call)
    if child.returncode == 2:
        said = [line for line in lines if line.startswith("fritext: ") or ": not scanned: " in line]
        demand(len(said) == 1, "exit 2 without one message", brief(err), call)
    return Ran(child.returncode, out, err)


def brief(data, most=700):
    shown = repr(data)
    return shown if len(shown) <= most else f"{shown[:most // 2]} … {shown[-most // 2:]} ({len(data)} in all)"


def masked(before, after):
    """Whether `after` is `before` with stretches replaced by masks, and nothing else."""
    if before == after:
        return True
    parts = (MASK if isinstance(after, str) else MASK_BYTES).split(after)
    if len(parts) == 1 or not before.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        at = before.find(part, at + 1)
        if at < 0:
            return False
        at += len(part)
    return before.endswith(parts[-1]) and len(before) - len(parts[-1]) > at


def only_masks(data, ran, args):
    demand(masked(data, ran.out), "bytes outside masks changed", lambda: f"output {brief(ran.out)}", args)


def gone(ran, args, what=CANARY):
    demand(what.encode() not in ran.out, "the canary survives", lambda: f"exit {ran.code}, output {brief(ran.out)}", args)


def twice(ran, args):
    again = fritext(ran.out, args)
    demand(again.out == ran.out, "redacting the output changes it", lambda: f"{brief(ran.out)} to {brief(again.out)}", args)


# Texts.

CALM = ["", "Bra", "ok", "Se bilaga", "Kommer i morgon", "åäö ÆØÅ", "Läxan är klar", "Ring mig; tack", "a,b", 'sade "ja"',
        "två\nrader", "3", "12,5", "x|y", "[test]", "[borttaget]", "1¤2", " ", "tab\there", "'", '"', '""', "…", "🙂", "é",
        "\u00a0", "=1+1", "kl. 10:15"]
HEALTH = [f"Har {CANARY}", f"{CANARY}", f"Hon har {CANARY} sedan många år tillbaka", f'Har "{CANARY}" enligt mamma',
          f"Rad ett\nhar {CANARY}\nrad tre", f"har {CANARY}; och mer", f"{CANARY}, har adhd", f"- {CANARY}", f"({CANARY})",
          f"Eleven har migrän och {CANARY}.", f"🙂 har {CANARY} 🙂", f"åäö har {CANARY} åäö"]
SENTENCE = f"Hon har {CANARY} sedan många år tillbaka och mår bra"
PERSON = ["Tuva Ekhammar, 20120914-9812", "20120914-9812", "pnr 201209149812 saknas"]


# 1. CSV

def csv_rows(text, delimiter):
    head = re.match(r'(?:sep=.|"sep=.")(?:\r\n|\r|\n)', text, re.I | re.S)
    body = text[head.end():] if head else text
    rows = [row for row in csv.reader(io.StringIO(body, newline=""), delimiter=delimiter) if row]
    return (text[:head.end()] if head else ""), rows


def csv_case(data, how):
    args = how.get("args", [])
    ran = fritext(data, args)
    if not how.get("quotes"):
        only_masks(data, ran, args)
    if MASK_BYTES.findall(ran.out) == MASK_BYTES.findall(data):
        demand(ran.out == data, "changed without a mask", lambda: brief(ran.out), args)
    before, after = data.decode().removeprefix("\ufeff"), ran.out.decode().removeprefix("\ufeff")
    head, rows = csv_rows(before, how["delimiter"])
    head_after, rows_after = csv_rows(after, how["delimiter"])
    demand(head == head_after, "the sep= line changed", brief(head_after), args)
    demand([len(r) for r in rows] == [len(r) for r in rows_after], "rows or columns changed",
           lambda: f"{brief(rows)} to {brief(rows_after)}", args)
    for row, row_after in zip(rows, rows_after):
        for cell, cell_after in zip(row, row_after):
            demand(masked(cell, cell_after), "a cell changed", lambda: f"{cell!r} to {cell_after!r}", args)
    coded = how.get("coded", ())
    if how.get("canary") and not any(CANARY in cell and at in coded and len(cell.split()) <= 6
                                     for row in rows[1:] for at, cell in enumerate(row)):
        # A stray quote may move a cell to a column of names or codes, where a short text is reported and not rewritten.
        gone(ran, args)
    if how.get("sure"):
        line = "\nZZZ"
        closed = csv_rows(before + line, how["delimiter"])[1][-1:] == [["ZZZ"]]
        demand(ran.code == (0 if closed else 2), f"a table with {'closed' if closed else 'open'} quotes ends with {ran.code}",
               brief(ran.err), args)
    else:
        demand(ran.code in (0, 2), "exit status", str(ran.code), args)
    twice(ran, args)


def cell_text(rng, text, delimiter, style):
    special = any(c in text for c in (delimiter, '"', "\n", "\r"))
    if style == "lazy" and not special or style == "wrong" and "\n" not in text and "\r" not in text and delimiter not in text:
        return text
    if special or style == "all" or rng.random() < 0.2:
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_table(rng):
    delimiter = rng.choice(";;;,,\t\t¤|")
    end = rng.choice(["\n", "\n", "\r\n", "\r\n", "\r"])
    columns = rng.randint(2, 6)
    free = rng.randrange(1, columns)
    header = rng.random() < 0.75
    ragged = rng.random() < 0.2
    style = rng.choice(["lazy", "lazy", "all", "some", "wrong"])
    canary = rng.random() < 0.7
    names = ["Id", "Namn", "Klass", "Datum", "Kod", "Övrigt"]
    rows = []
    if header:
        rows.append([("Kommentar" if i == free else names[i]) for i in range(columns)])
    count = rng.randint(1, 12)
    chosen = set(rng.sample(range(count), rng.randint(1, count))) if canary else set()
    for number in range(count):
        row = [rng.choice(CALM + PERSON) for _ in range(columns)]
        row[0] = str(number + 1)
        row[free] = rng.choice(HEALTH) if number in chosen else rng.choice(CALM)
        if ragged and rng.random() < 0.5:
            row = row[:rng.randint(1, columns)] if rng.random() < 0.5 else row + [rng.choice(HEALTH if canary else CALM)]
        rows.append(row)
    text = rng.choice([f"sep={delimiter}{end}"] + [""] * 5) if delimiter != "¤" else ""
    sure = bool(text)
    for row in rows:
        text += delimiter.join(cell_text(rng, c.replace("\n", end) if "\n" in c else c, delimiter, style) for c in row)
        text += end + (end if rng.random() < 0.05 else "")
    extra = rng.random()
    if extra < 0.1:
        text = text.removesuffix(end)
    elif extra < 0.15:
        text += "Antal rader: %d" % count
    elif extra < 0.2:
        text += f'{delimiter}"öppen {CANARY if canary else ""}{end}x{delimiter}y'
    elif extra < 0.23:
        text += "\x1a"
    elif extra < 0.26:
        text = text.replace("ok", "o\0k", 1)
    if rng.random() < 0.1:
        text = "\ufeff" + text
        sure = False
    args = rng.choice([["--input-format", "csv"], ["--stdin-filename", "x.csv"], []])
    if delimiter == "\t":
        args = rng.choice([["--input-format", "tsv"], args])
        sure = sure or "tsv" in args
    if rng.random() < 0.2:
        args = args + LEX
    # Without a header or a sep= line a table of one row is whatever it looks like.
    return text.encode(), {"delimiter": delimiter, "args": args, "canary": canary, "sure": sure,
                           "coded": [i for i in range(columns) if i != free] if header else []}


def csv_hostile():
    c = CANARY
    for delimiter in ";,\t|¤":
        d = delimiter
        arg = ["--input-format", "tsv" if d == "\t" else "csv"]
        texts = [
            f"Id{d}Kommentar\n1{d}Har {c}\n",
            f'Id{d}Kommentar\n1{d}"Har {c}\n2{d}x\n3{d}y\n',
            f'Id{d}Kommentar\n1{d}"Bra" och "har {c}" ja"\n2{d}x\n3{d}y\n',
            f'Id{d}Kommentar\n1{d}"Har {c}" x\n2{d}x\n3{d}y\n',
            f'Id{d}Kommentar\n1{d}a"Har {c}"\n2{d}"x""\n3{d}y"\n',
            f'Id{d}Kommentar\n1{d} "Har {c}{d} x"\n2{d}x\n3{d}y\n',
            f'Id{d}Kommentar\n1{d}"""{c}"""\n2{d}""""\n3{d}""\n',
            f"Id{d}Kommentar\r1{d}Har {c}\r2{d}x\r",
            f"Id{d}Kommentar\n\r1{d}Har {c}\n\r2{d}x\n\r",
            f"\n\n\nId{d}Kommentar\n\n\n1{d}Har {c}\n\n",
            f"Id{d}Kommentar\n1{d}Har {c}\n\x1a",
            f"Id{d}Kommentar\n1{d}Har \0{c}\n2{d}x\n3{d}{'y' * 200}\n",
            f"Id{d}Kommentar\n{d}{d}{d}\n1{d}Har {c}{d}{d}har {c}\n{d}\n",
            f"1{d}Har {c}\n2{d}Har {c}\n3{d}x\n",
            f"Har {c}{d}1\nBra{d}2\n",
            f"Har {c}{d}har adhd\n",
            f"Har {c}{d}Bra\n",
            f"Har {c}{d}Anna\nKommer sent i dag{d}Bo\nKommer i morgon{d}Eva\n",
            f"Anna{d}Har {c}\nBo{d}Kommer sent i dag\nEva{d}Kommer i morgon\n",
            f"Har {c}{d}har {c}{d}har {c}\n",
            f"Id{d}Kommentar" + "".join(f"\n{i}{d}Har {c}" for i in range(30)),
            f"Id{d}Kommentar\n" + "x" * 5000 + f"{d}Har {c}\n" + f"{d}x" * 500 + f"{d}har {c}\n",
            f"\ufeffId{d}Kommentar\n1{d}Har {c}\n",
            f'\ufeff"Id"{d}"Kommentar"\r\n"1"{d}"Har {c}\r\noch ""{c}"""\r\n',
            f"Id{d}Kommentar\n1{d}[{c}]\n2{d}[borttaget]\n3{d}[borttaget] {c} [borttaget]\n",
            f"Id{d}Kommentar\n1{d}{c}{c}\n2{d}x\n".replace(c + c, c + " " + c),
            f"sep={d}\nId{d}Kommentar\n1{d}Har {c}\n" if d != "¤" else f"Id{d}Kommentar\n1{d}Har {c}\n",
            f'"sep={d}"\r\nId{d}Kommentar\r\n1{d}Har {c}\r\n' if d != "¤" else f"Id{d}Kommentar\n1{d}Har {c}\n",
        ]
        for text in texts:
            yield text.encode(), {"delimiter": d, "args": arg, "canary": True, "sure": not text.startswith("\ufeff") and "\0" not in text and text.count("\n") > 1 and d not in "¤,|"}
    for sep in "[]r.:^~=b& ":
        text = f"sep={sep}\nId{sep}Kommentar\n1{sep}\"Har {c}, inte bra\"\n2{sep}\"[{c}]\"\n3{sep}har {c}!\n"
        # A delimiter that is a letter of the canary takes the canary apart.
        yield text.encode(), {"delimiter": sep, "args": ["--input-format", "csv"], "canary": True, "sure": True,
                             "quotes": sep in "[]rb "}  # A mask that holds the delimiter needs quotes.
    for long in (1 << 20, (1 << 20) + 4000, 3 << 20):
        body = ("Hej på dig. " * (long // 13))[:long // 2]
        text = f'Id;Kommentar\n1;"{body} har {c} ""ja"" {body} {c}"\n2;{body} har {c}\n'
        yield text.encode(), {"delimiter": ";", "args": ["--input-format", "csv"], "canary": True, "sure": True}


# 2. JSON

class Pairs(list):
    """An object with its keys in order, doubles included."""


def strict(text):
    """The value of a document, numbers as written; ValueError if it is none."""
    def constant(name):
        raise ValueError(name)
    return json.loads(text, object_pairs_hook=Pairs, parse_constant=constant,
                      parse_float=lambda s: ("number", s), parse_int=lambda s: ("number", s))


def try_strict(text):
    try:
        return True, strict(text)
    except (ValueError, RecursionError):
        return False, None


def alike(before, after, at="$"):
    if type(before) is tuple and type(after) is str:
        demand(masked(before[1], after) and sum(c.isdigit() for c in before[1]) >= 6, "a number became a string",
               f"{at}: {before} to {after!r}")
    elif isinstance(before, str) and isinstance(after, str):
        if before == after:
            return
        inner = before.strip()[:1] in ("{", "[") and try_strict(before)
        if inner and inner[0] and not isinstance(inner[1], tuple):
            ok, value = try_strict(after)
            demand(ok, "a document in a string broke", f"{at}: {brief(before)} to {brief(after)}")
            alike(inner[1], value, at + "#")
        else:
            demand(masked(before, after), "a string changed", f"{at}: {brief(before)} to {brief(after)}")
    elif type(before) is type(after) and isinstance(before, list):
        demand(len(before) == len(after), "the length of an array or object changed", at)
        for number, (b, a) in enumerate(zip(before, after)):
            alike(b, a, f"{at}/{number}")
    elif isinstance(before, tuple) and isinstance(after, tuple) and before[:1] != ("number",):
        for number, (b, a) in enumerate(zip(before, after)):
            alike(b, a, f"{at}.{number}")
    else:
        demand(before == after and type(before) is type(after), "a value changed",
               f"{at}: {brief(before)} to {brief(after)}")


def json_masked(before, after):
    """As `masked`, for bytes; a number may have become a mask in quotes."""
    bare = lambda data: re.sub(rb'[\\\\"]', b"", data)
    return masked(before, after) or masked(before, re.sub(rb'"(%s)"' % MASK_BYTES.pattern, rb"\1", after)) or masked(
        bare(before), bare(after))


def json_case(data, how):
    args = how.get("args", ["--input-format", "json"])
    ran = fritext(data, args)
    text, text_after = data.decode().removeprefix("\ufeff"), ran.out.decode("utf-8", "surrogatepass").removeprefix("\ufeff")
    good, value = try_strict(text)
    good_after, value_after = try_strict(text_after)
    demand(good == good_after, "well-formed before or after only", lambda: f"{good} to {good_after}: {brief(ran.out)}", args)
    if good:
        try:
            alike(value, value_after)
        except Fail as fail:
            raise Fail(fail.kind, fail.detail, args) from None
    demand(json_masked(data, ran.out), "bytes outside masks changed", lambda: f"output {brief(ran.out)}", args)
    if how.get("canary"):
        gone(ran, args)
        demand(not good_after or CANARY not in json.dumps(value_after), "the canary survives in escapes",
               lambda: brief(ran.out), args)
        for hidden in how.get("hidden", []):
            gone(ran, args, hidden)
    if "code" in how:
        demand(ran.code == how["code"], "exit status", f"{ran.code} for {how['code']}; {brief(ran.err)}", args)
    elif not good:
        demand(ran.code == 2, "broken JSON is not told", f"exit {ran.code}", args)
    else:
        demand(ran.code == 0, "good JSON is refused", brief(ran.err), args)
    twice(ran, args)


def jsonl_case(data, how):
    args = how.get("args", ["--input-format", "jsonl"])
    ran = fritext(data, args)
    lines, lines_after = data.split(b"\n"), ran.out.split(b"\n")
    demand(len(lines) == len(lines_after), "lines were lost or added", lambda: brief(ran.out), args)
    broken = False
    for number, (line, after) in enumerate(zip(lines, lines_after)):
        if not line.removeprefix(b"\xef\xbb\xbf" if number == 0 else b"").strip():
            demand(line == after, "an empty line changed", str(number + 1), args)
            continue
        good, value = try_strict(line.decode().removeprefix("\ufeff" if number == 0 else ""))
        good_after, value_after = try_strict(after.decode().removeprefix("\ufeff" if number == 0 else ""))
        broken |= not good
        demand(good == good_after, "a line is well-formed before or after only", lambda: f"{brief(line)} to {brief(after)}", args)
        if good:
            try:
                alike(value, value_after)
            except Fail as fail:
                raise Fail(fail.kind, fail.detail, args) from None
            shown = json.dumps(value_after)
            if how.get("canary"):
                demand(CANARY not in shown, "the canary survives in a good line", lambda: f"line {number + 1}: {brief(after)}", args)
        else:
            demand(json_masked(line, after), "bytes outside masks changed in a broken line", lambda: brief(after), args)
    if how.get("canary"):
        gone(ran, args)
    demand(ran.code == (2 if broken else 0), f"JSON Lines with{'' if broken else 'out'} a broken line end with {ran.code}",
           brief(ran.err), args)
    twice(ran, args)


def json_string(rng, text, style=None):
    style = style or rng.choice(["raw", "raw", "ascii", "some", "mad"])
    out = ""
    for c in text:
        if c in '"\\' or c < " " or style == "mad" and rng.random() < 0.3:
            short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
            if c in short and rng.random() < 0.8:
                out += short[c]
                continue
            units = c.encode("utf-16-be", "surrogatepass")
            pairs = [units[i] << 8 | units[i + 1] for i in range(0, len(units), 2)]
            out += "".join(rng.choice(["\\u%04x", "\\u%04X"]) % u for u in pairs)
        elif c == "/" and style in ("some", "mad"):
            out += "\\/"
        elif ord(c) > 126 and (style == "ascii" or style == "some" and rng.random() < 0.5) or 0xD800 <= ord(c) < 0xE000:
            units = c.encode("utf-16-be", "surrogatepass")
            out += "".join("\\u%04x" % (units[i] << 8 | units[i + 1]) for i in range(0, len(units), 2))
        else:
            out += c
    return f'"{out}"'


NUMBERS = ["0", "-0", "1", "1.0", "1e5", "1E+05", "-12.50", "123456789012345678901234567890", "0.10000000000000000000001",
           "1e400", "20260901", "99999999999999999999999999e-5"]
# Under a key that says that it holds a number or a name, a short text is reported and not rewritten: none of these does.
KEYS = ["kommentar", "å", "a.b", "a/b", "~", "", "text", "items", "kommentar", "beskrivning", "\n", "🙂"]
TEXTS = CALM + PERSON + ["\ud800", "x \udfff y", "a/b", "\u2028", "C:\\temp", "\x00", "{", "[", "{}", "[1", "{x}", "[a] b", "null", "{\"a\":1}"]


def json_value(rng, depth, canary, blank):
    kind = rng.random()
    if depth > 0 and kind < 0.3:
        items = [json_string(rng, rng.choice(KEYS)) + blank() + ":" + blank() + json_value(rng, depth - 1, canary, blank)
                 for _ in range(rng.randint(0, 4))]
        return "{" + blank() + ("," + blank()).join(items) + blank() + "}"
    if depth > 0 and kind < 0.5:
        return "[" + blank() + ("," + blank()).join(json_value(rng, depth - 1, canary, blank) for _ in range(rng.randint(0, 4))) + blank() + "]"
    if depth > 0 and kind < 0.6:
        inner = json_value(rng, depth - 1, canary, blank)
        if "\\ud" not in inner.lower():
            return json_string(rng, inner)
    if kind < 0.7:
        return rng.choice(NUMBERS)
    if kind < 0.75:
        return rng.choice(["true", "false", "null"])
    return json_string(rng, rng.choice(HEALTH if canary and rng.random() < 0.5 else TEXTS))


def json_document(rng):
    canary = rng.random() < 0.8
    spaces = rng.choice([[""], [" "], ["", " ", "\n", "\r\n", "\t", "  "]])
    blank = lambda: rng.choice(spaces)
    text = "{" + json_string(rng, "a") + ":" + json_value(rng, 5, canary, blank) + "," + json_string(rng, "kommentar") + ":" + json_value(rng, 3, canary, blank) + "}"
    if rng.random() < 0.3:
        text = "[" + text + "," + json_value(rng, 2, canary, blank) + "]"
    if rng.random() < 0.1:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(["", "x", '"', "}", ",", "\\"]) + text[at + 1:]
        canary = False
    args = rng.choice([["--input-format", "json"], ["--input-format", "json"], ["--input-format", "json"] + LEX])
    return (rng.choice(["", "", "", "\ufeff"]) + text + rng.choice(["", "\n"])).encode("utf-8", "surrogatepass"), {"canary": canary, "args": args}


def json_hostile():
    c = CANARY
    nest = lambda n, inner: "[" * n + inner + "]" * n
    deep = f"har {c}"
    for _ in range(4):
        deep = json.dumps({"a": deep, "b": [1, "x"]})
    texts = [
        (f'{{"a":"har {c}","a":"har {c}","a":1}}', {}),
        (r'{"a":"har \u0065pilepsi","b":"\u00e5\/"}', {"hidden": [r"\u0065pilepsi"]}),
        (r'{"a":"\ud83d\ude42 har epilepsi \ud83d","b":"\ude42\ud83d"}', {}),
        (r'{"a":"{\"b\":\"\u00e5 \\u00e5 \\\\ har epilepsi\"}"}', {}),
        (r'{"a":"{\"b\":\"\ud800 har epilepsi\"}"}', {}),
        (r'{"a":"{\"b\":\"\\ud800 har epilepsi\"}"}', {}),
        (r'{"a":"[\"har epileps\\u0069\", \"\u00e5\"]"}', {}),
        (r'{"a":" {\"b\" : \"har epilepsi\"} "}', {}),
        (r'{"a":"\"har epilepsi\""}', {}),
        (r'{"a":"{\"b\":\"har epilepsi\"} x {"}', {}),
        (r'{"a":"{\"b\":\"har epilepsi\""}', {}),
        (json.dumps({"a": deep}), {}),
        (json.dumps({"a": json.dumps({"n": 20120914_9812, "t": f"har {c}"})}), {"args": ["--input-format", "json"] + LEX}),
        ('[201209149812, -201209149812, 2012.09149812, 20120914981200]', {"args": ["--input-format", "json"] + LEX}),
        (nest(200, f'"har {c}"'), {"code": 0}), (nest(256, f'"har {c}"'), {"code": 0}),
        (nest(257, f'"har {c}"'), {"code": 2}), (nest(300, f'"har {c}"'), {"code": 2}),
        ('{"a":' * 200 + f'"har {c}"' + "}" * 200, {"code": 0}), ('{"a":' * 300 + f'"har {c}"' + "}" * 300, {"code": 2}),
        ("[" * 100000, {"code": 2}), ('{"a":' * 100000, {"code": 2}),
        (f'"har {c}"', {}), ("1", {}), (" null ", {}), ("", {"code": None}), ('{"a":1}}', {}), ('{"a":1,}', {}),
        (f'{{"a":"har {c}"}} {{"b":"har {c}"}}', {"code": None}),
        (f'{{"a":"har {c}"', {}), (f'{{"a":"har {c}', {}), (f'{{"a":"har {c}\\', {}), (f'[har {c}]', {}),
        (f"{{'a':'har {c}'}}", {}), (f'{{"a":"har {c}"}}x', {}), (f'// har {c}\n{{"a":1}}', {}), (f'{{"a":"har {c}\t"}}', {}),
        (f'{{"a":"har {c} \\q"}}', {}), (f'{{"a":"har {c} \\u12"}}', {}), ('{"a":01}', {}), ('{"a":+1}', {}), ('{"a":.5}', {}), ('{"a":1.}', {}),
        ('{"a":NaN}', {}), ('{"a":tru}', {}), ('{"a":nullx}', {}), (f'{{a:"har {c}"}}', {}), (f'{{"a" "har {c}"}}', {}),
        (f'["har {c}","har {c}",]', {}), (f'["har {c}"]]', {}), ('{"a":"x"}\0', {}),
        (r'{"a":"x",,"b":"har epileps\u0069"}', {}), (r'{"a":"har epileps\u0069 ja","b":tru,"c":"har epileps\u0069 ja"}', {"hidden": [r"epileps\u0069"]}),
        ("\ufeff" + f'{{"a":"har {c}"}}', {}),
        ("[" + "1" * 300000 + "]", {}), ('{"' + "k" * 300000 + f'":"har {c}"}}', {}),
        ('{"a":"' + "x y " * 600000 + f'har {c}"}}', {}),
        ('{"' + "k" * 200000 + '":[' + ",".join(['"a b"'] * 4000) + f',"har {c}"]}}', {}),
    ]
    for text, how in texts:
        how = {"canary": True, "args": ["--input-format", "json"], **how}
        if how.get("code", 0) is None:
            del how["code"]
            how["args"] = ["--input-format", "jsonl"]
            yield text.encode(), how, jsonl_free
        else:
            yield text.encode(), how, json_case


def jsonl_free(data, how):
    """Several documents on a line, or none."""
    ran = fritext(data, how["args"])
    demand(masked(data, ran.out), "bytes outside masks changed", lambda: brief(ran.out), how["args"])
    gone(ran, how["args"])
    demand(ran.code == 0, "exit status", str(ran), how["args"])


BROKEN = ["x", "{", "}", '{"a":1', '{"a":"öppen', "[1,2", '{"a" 1}', "hej på dig", f"har {CANARY} nu", f'{{"a":"har {CANARY}', '"', "]", '{"a":1}}',
          f'{{"a":"har {CANARY}"', '{"a":', "[", "tru", '{"a":1} x', ",", '{"a":[1,{"b":"c"', f'{{"a":"har {CANARY}\\', '{"a":{"b":']


def jsonl_document(rng):
    lines = []
    blank = lambda: rng.choice(["", " "])
    for _ in range(rng.randint(1, 8)):
        kind = rng.random()
        if kind < 0.25:
            lines.append(rng.choice(BROKEN))
        elif kind < 0.3:
            lines.append("")
        else:
            lines.append("{" + json_string(rng, "text") + ":" + json_string(rng, rng.choice(HEALTH + TEXTS)) + "," + json_string(rng, "b") + ":" + json_value(rng, 3, True, blank) + "}")
    end = rng.choice(["\n", "\n", "\r\n"])
    text = end.join(lines) + rng.choice(["", end])
    return text.encode("utf-8", "surrogatepass"), {"canary": True, "args": ["--input-format", "jsonl"]}


def jsonl_hostile():
    good = rf'{{"text":"har epileps\u0069 nu","b":"har {CANARY}"}}'
    for bad in BROKEN + ['{"a":1}{"a":', '{"a":1}\t"', "\ufeff", "\x00", r'{"a":"\u00', '{"a":"x\\']:
        yield f"{good}\n{bad}\n{good}\n{good}\n".encode(), {"canary": True}
        yield f"{bad}\r\n{good}\r\n{good}".encode(), {"canary": True}


# 3. XML

def canonical(data):
    """Canonical XML, or None if this is none. Entities of the document's own are not looked at."""
    done = subprocess.run(["xmllint", "--nonet", "--huge", "--c14n", "-"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=FOLDER)
    return done.stdout if done.returncode == 0 else None


def xml_case(data, how):
    args = how.get("args", ["--input-format", "xml"])
    ran = fritext(data, args)
    if "code" in how:
        demand(ran.code == how["code"], "exit status", f"{ran.code} for {how['code']}; {brief(ran.err)}", args)
    if ran.code == 2 and not ran.out:
        return
    if not data.startswith(b"\xff\xfe"):
        # Where a label would end a CDATA section too early, the section is cut in two and &#93; stands for a bracket.
        plain = lambda xml: xml.replace(b"]]><![CDATA[", b"").replace(b"&#93;", b"]")
        demand(masked(plain(data), plain(ran.out)), "bytes outside masks changed", lambda: f"output {brief(ran.out)}", args)
    if how.get("canary"):
        gone(ran, args)
    for part in how.get("hidden", []):
        gone(ran, args, part)
    demand(len(ran.out) < 2 * len(data) + 1000, "expanded", str(len(ran.out)), args)
    if how.get("huge"):
        return
    before = canonical(data)
    after = before if ran.out == data else canonical(ran.out)
    demand((before is None) == (after is None), "well-formed before or after only", lambda: brief(ran.out), args)
    if before is not None:
        if "code" not in how:
            demand(ran.code == 0, "well-formed XML is refused", brief(ran.err), args)
        demand(masked(before, after), "canonical XML differs in more than masks", lambda: f"{brief(before)} to {brief(after)}", args)
        if how.get("canary"):
            demand(CANARY.encode() not in after, "the canary survives in canonical XML", lambda: brief(after), args)
    twice(ran, args)


def xml_text(rng, text, quote=None):
    out = ""
    for c in text:
        if c in "&<" or c == quote or c == ">" and rng.random() < 0.5:
            out += rng.choice([{"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}[c], "&#%d;" % ord(c), "&#x%x;" % ord(c)])
        elif c in "\x00\x1a" or 0xD800 <= ord(c) < 0xE000:
            out += "?"
        elif rng.random() < 0.06:
            out += rng.choice(["&#%d;", "&#x%x;", "&#x%X;", "&#0%d;"]) % ord(c)
        else:
            out += c
    return out


XML_TEXTS = CALM + PERSON + ["a & b", "1 < 2", "x > y", "]]", "] ]", "]>", "a]]", "<b>", "&amp;"]


def xml_node(rng, depth, canary):
    pick = lambda: rng.choice(HEALTH if canary and rng.random() < 0.4 else XML_TEXTS)
    kind = rng.random()
    if depth == 0 or kind < 0.3:
        return " " + xml_text(rng, pick()).replace("]]>", "]]&gt;") + " "
    if kind < 0.4:
        return "<![CDATA[ " + (pick() + rng.choice(["", "", "]>", ">", "]", "[x]"])).replace("]]>", "]] >") + "]]>"
    if kind < 0.5:
        return "<!--" + (" " + pick() + " ").replace("--", "- -") + "-->"
    if kind < 0.55:
        return "<?" + rng.choice(["pi", "xml-x"]) + " " + rng.choice(CALM).replace("?>", "") + "?>"
    name = rng.choice(["a", "kommentar", "n:b", "å", "text", "rad", "b.c", "_x"])
    attributes = ""
    for key in rng.sample(["titel", "n:t", "beskrivning", "not", "kommentar"], rng.randint(0, 3)):
        quote = rng.choice("\"'")
        attributes += rng.choice([" ", "\n ", "  "]) + key + rng.choice(["=", " = "]) + quote + xml_text(rng, pick(), quote) + quote
    if rng.random() < 0.15:
        return f"<{name}{attributes}{rng.choice(['', ' '])}/>"
    inner = "".join(xml_node(rng, depth - 1, canary) for _ in range(rng.randint(0, 4)))
    return f"<{name}{attributes}>{inner}</{name}{rng.choice(['', ' '])}>"


def xml_document(rng):
    canary = rng.random() < 0.8
    head = rng.choice(["", '<?xml version="1.0"?>\n', '<?xml version="1.0" encoding="UTF-8"?>\r\n', "\ufeff<?xml version='1.0' encoding='utf-8'?>", "<!DOCTYPE rot>\n"])
    text = head + '<rot xmlns:n="urn:x" xmlns="urn:y">' + "".join(xml_node(rng, 4, canary) for _ in range(rng.randint(1, 5))) + "</rot>" + rng.choice(["", "\n"])
    if rng.random() < 0.2:
        text = re.sub("\n", lambda _: rng.choice(["\n", "\r\n", "\r"]), text)
    # Text that is split by a comment or a section is put together by nobody here: the canary stands whole.
    return text.encode(), {"canary": canary, "args": rng.choice([["--input-format", "xml"], ["--input-format", "xml"], ["--input-format", "xml"] + LEX])}


def xml_hostile():
    c = CANARY
    lol = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9)) + "]><l>&a9;</l>"
    refused = [lol, '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>',
               '<!DOCTYPE l [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><l/>', f'<!DOCTYPE l [<!ENTITY x "har {c}">]><l>&x;</l>',
               f"<l>har {c} &okand;</l>"]
    for text in refused:
        yield text.encode(), {"code": 2}
    for text in [f"<a>har {c}", f"<a><b>har {c}</a></b>", f"<a>har {c}</b>", f"</a>har {c}", f"<a><b>har {c}</a>", f"<a>x</a><!-- har {c}",
                 f"<a><![CDATA[har {c}</a>", f"<a b='har {c}>x</a>", f"<a b=har {c}>x</a>", f"<a har {c}>x</a>", f"<a><b har {c} x</a>"]:
        yield text.encode(), {"canary": True, "code": 2}
    yield b"<a>" * 100000, {"huge": True, "code": 2}
    yield b"<a>" * 100000 + f"har {c}".encode() + b"</a>" * 100000, {"huge": True, "code": 2, "canary": True}
    yield ("<a " + " ".join(f'a{i}="har {c}"' for i in range(2000)) + "/>").encode(), {"huge": True, "code": 2, "canary": True}
    yield ("<" + "a" * 2_000_000 + f">har {c}</" + "a" * 2_000_000 + ">").encode(), {"huge": True, "code": 2}
    yield ("<a " + "b" * 2_000_000 + f'="har {c}">x</a>').encode(), {"huge": True}
    yield (f'<a b="{"x " * 300000} har {c}">{"y " * 900000} har {c}</a>').encode(), {"huge": True, "canary": True}
    yield ("".join(f"<{'n' * 1000}{i}>" for i in range(200)) + "<a>x y</a>" * 4000 + "".join(f"</{'n' * 1000}{i}>" for i in reversed(range(200)))).encode(), {"huge": True}
    texts = [f"<a><![CDATA[Har {c}]>x]]></a>", f"<a>Har {c}]&gt;</a>", f"<a><![CDATA[{c}]]]></a>", f"<a><![CDATA[{c}]]><![CDATA[>]]></a>", f"<a>{c}]></a>",
             f"<a><![CDATA[Har {c}]]></a>", f"<a b='Har {c}' c=\"Har {c}\"/>", f"<a><!-- Har {c} --></a>", "<a>Har epileps&#105; och epileps&#x69;</a>",
             f"<a><?pi har {c}?></a>", f"<?pi har {c}?><a/>", f"<a/><!-- har {c} -->", f"<a>\r\nhar {c}\r<b/>\n</a>\r\n", "<a>Har epi&#xAD;lepsi</a>",
             f"<x:a xmlns:x='urn:{c}'>x</x:a>", f"<a><b>Har</b>{c}<b>x</b></a>", f"<a>{c}<![CDATA[&amp;]]>{c}</a>", f"<a b='&lt;{c}&gt;'>&lt;{c}&gt;</a>",
             f"<a>&amp;#105; {c}</a>", f'<!DOCTYPE a PUBLIC "-//x//y" "http://127.0.0.1:9/x.dtd"><a>har {c}</a>', f"<!DOCTYPE a [<!ELEMENT a (#PCDATA)><!-- har {c} -->]><a>har {c}</a>"]
    for text in texts:
        yield text.encode(), {"canary": "urn:" not in text}
    # A word cut in two by a CDATA section, a comment or an instruction is read as two: a limit that ARCHITECTURE.md names.
    for text, part in [("<a>Har epileps&#%s105; nu</a>" % ("0" * 40), "epileps"), ("<a>Har migr&#228;n</a>", "migr")]:
        yield text.encode(), {"hidden": [part]}
    for encoding, name in [("latin-1", "iso-8859-1"), ("cp1252", "windows-1252"), ("utf-16", "utf-16"), ("cp850", "cp850")]:
        yield f'<?xml version="1.0" encoding="{name}"?><a><kommentar>Åsa på Öland har migrän och {c}</kommentar></a>'.encode(encoding), {"huge": True, "canary": encoding != "utf-16"}


# 4. HTML

class Tags(html.parser.HTMLParser):
    """What html.parser sees."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.values, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, [k for k, _ in attrs]))
        self.values += [v or "" for _, v in attrs]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag + "/", attrs)

    def handle_endtag(self, tag):
        self.tags.append("/" + tag)

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append("!--")
        self.values.append(data)

    def handle_decl(self, decl):
        self.tags.append("!")
        self.values.append(decl)

    def unknown_decl(self, data):
        self.tags.append("![")
        self.values.append(data)

    def handle_pi(self, data):
        self.tags.append("?")
        self.values.append(data)


def tags_of(text):
    tags = Tags()
    try:
        tags.feed(text)
        tags.close()
    except AssertionError:
        return None
    return tags


def html_case(data, how):
    args = how.get("args", ["--input-format", "html"])
    ran = fritext(data, args)
    demand(ran.code == 0, "exit status", f"{ran.code}; {brief(ran.err)}", args)
    # html.parser takes quadratic time over unclosed tags: long inputs are only searched.
    short = len(data) < 20_000
    before, after = (tags_of(data.decode()), tags_of(ran.out.decode())) if short else (None, None)
    if before and after and not how.get("wild"):
        # A bare word in a tag may be masked; its elements are the same.
        names = lambda tags: [tag[0] if isinstance(tag, tuple) else tag for tag in tags]
        demand(names(before.tags) == names(after.tags), "html.parser sees other tags", lambda: f"{brief(before.tags)} to {brief(after.tags)}; {brief(ran.out)}", args)
        for b, a in zip(before.values, after.values):
            demand(masked(b, a), "an attribute or comment changed", lambda: f"{b!r} to {a!r}", args)
        demand(masked(before.text, after.text), "the text changed", lambda: f"{brief(before.text)} to {brief(after.text)}", args)
        if how.get("canary"):
            demand(CANARY not in after.text and all(CANARY not in v for v in after.values), "the canary survives in what html.parser reads", lambda: brief(ran.out), args)
    if how.get("canary"):
        gone(ran, args)
    for part in how.get("hidden", []):
        gone(ran, args, part)
    twice(ran, args)


def html_text(rng, text):
    names = {"å": "&aring;", "ä": "&auml;", "ö": "&ouml;", "Ä": "&Auml;", "ø": "&oslash;", "æ": "&aelig;", "é": "&eacute;", "\u00a0": "&nbsp;"}
    out = ""
    for at, c in enumerate(text):
        if c in "&<>":
            out += {"&": "&amp;", "<": "&lt;", ">": "&gt;"}[c]
        elif c in names and rng.random() < 0.5:
            out += names[c]
        elif c == "\0" or 0xD800 <= ord(c) < 0xE000:
            out += "?"
        elif rng.random() < 0.05:
            out += rng.choice(["&#%d;", "&#x%x;", "&#X%X;", "&#00%d;"]) % ord(c)
        else:
            out += c
        if c.isalpha() and at + 1 < len(text) and rng.random() < 0.03:
            out += rng.choice(["<b></b>", "<i>", "</i>", "&shy;", "<wbr>", "<!-- x -->", "<span class=x></span>"])
    return out


def html_node(rng, depth, canary):
    pick = lambda: rng.choice(HEALTH if canary and rng.random() < 0.4 else XML_TEXTS).replace("\n", " ")
    kind = rng.random()
    if depth == 0 or kind < 0.35:
        return " " + html_text(rng, pick()) + " "
    if kind < 0.42:
        return "<!-- " + pick().replace("--", "- -").replace(">", "") + " -->"
    if kind < 0.47:
        return "<script>var a = " + json.dumps(pick().replace("<", ""), ensure_ascii=False) + ";</script>"
    if kind < 0.5:
        return "<style>/* " + pick().replace("<", "") + " */</style>"
    if kind < 0.6:
        return rng.choice(["<br>", "<br/>", "<hr>", f'<img alt="{html.escape(pick())}" src=x>', f"<input value='{html.escape(pick())}' disabled>"])
    tag = rng.choice(["p", "div", "b", "span", "td", "li", "em", "A", "H1"])
    attributes = rng.choice(["", "", " class=x", f' title="{html.escape(pick())}"', f" data-x='{html.escape(pick())}'"])
    close = f"</{tag}>" if rng.random() < 0.95 else ""
    return f"<{tag}{attributes}>" + "".join(html_node(rng, depth - 1, canary) for _ in range(rng.randint(0, 4))) + close


def html_document(rng):
    canary = rng.random() < 0.8
    head = rng.choice(["", "<!DOCTYPE html>\n", "<html><head><title>x</title></head><body>"])
    text = head + "".join(html_node(rng, 4, canary) for _ in range(rng.randint(1, 5)))
    return text.encode(), {"canary": canary}


def html_hostile():
    c = CANARY
    whole = [f"<p>har {c}</p>", f'<p title="har {c}">x</p>', f"<p title='har {c}'>x</p>", f"<p title=har&#32;{c}>x</p>", f"<p title={c}>x</p>", f"<!-- har {c} -->",
             f"<script>var a = 'har {c}';</script>", f"<style>/* har {c} */</style>", f"<script>a<b; '{c}'</script>x", f"<title>har {c}</title>", f"<textarea>har {c}</textarea>",
             "<p>epi<b>lep</b>si</p>", "<p>epileps&#105;</p>", "<p>epileps&#105</p>", "<p>epileps&#x69;</p>", "<p>epi&shy;lepsi</p>", "<p>epi&#8203;lepsi</p>",
             '<p title="epileps&#105;">x</p>', f"<p>1 < 2 och har {c} > x</p>", f"<p>har {c}<p>har {c}<br>har {c}", f"<p", f"har {c} <", f"har {c} </", f"har {c} <!", f"har {c} <!--",
             f"<!-- har {c}", f"<p title='har {c}", f"<p>har {c}<", f"<![CDATA[har {c}]]>", f"<?php har {c} ?>", f"<!doctype har {c}>", f"<p x>har {c}]]></p>", f"<a b='>' c=\"{c}\">{c}</a>",
             f"<p =x y==z {c}>x</p>", f"<p har {c} nu>x</p>", f"<script>har {c}", f"<script>'</scrip' + '{c}'</script>", f"<!-->{c}-->", f"<!--->{c}-->", f"<!-- x --!> har {c} <!-- -->",
             f"<p title=\"a\"title='har {c}'>x</p>", f"<noscript>har {c}</noscript>", f"<template>har {c}</template>", f"<svg><text>har {c}</text></svg>", f"<a href=\"x?y={c}&amp;z\">x</a>",
             f"<a href='mailto:x?body={c}'>x</a>", f"<iframe srcdoc='&lt;p&gt;har {c}&lt;/p&gt;'></iframe>", f"<option>har {c}<option>har {c}", f"<P TITLE='HAR {c}'>x</P>"]
    for text in whole:
        # What browsers and html.parser make of broken mark-up differs by version.
        yield text.encode(), {"canary": True, "wild": "<!-->" in text or "<!--->" in text or "--!>" in text or text.endswith(("<", "</", "<!", "<!--")) or "<![" in text}
    split = [("<p>har epi<b>lep</b>si</p>", "lep<"), ("<p>har e<b>p</b>i<i>l</i>epsi</p>", "epsi<"), ('<p title="har migr&auml;n">x</p>', "migr"), ("<p>har migr&auml;n</p>", "migr"),
             ("<p>har migr&aumln nu</p>", "migr"), ('<p title="har epileps&#105 nu">x</p>', "epileps"), ("<p>har epileps&#%s105; nu</p>" % ("0" * 40), "epileps"),
             ('<p title="epi&shy;lepsi">x</p>', "lepsi"), ("<!-- har migr&auml;n -->", "migr"), ('<input value="har epileps&#x69;">', "epileps"), ("<p>epi<!-- x -->lepsi</p>", "lepsi"),
             ('<script>var a = "har migr\\u00e4n";</script>', "migr"), ("<p>epi<br class='x'><b></b></p><p>epi<wbr>lepsi</p>", "lepsi"), ("<p>har migra&#776;n</p>", "migra")]
    for text, part in split:
        yield text.encode(), {"hidden": [part]}
    for text in ["<a " * 30000, "<!--" * 60000, "<script>" * 20000, '<a b="' * 20000, "</a" * 40000, "<" * 200000, "&" * 200000, "<b>" * 100000, "<![CDATA[" * 20000, "<a b='\">" * 20000]:
        yield (text + f" har {c}").encode(), {"wild": True}
    big = "<p>hej på dig</p>\n" * 70000
    yield f"{big}<p>har epi<b>lep</b>si och {c}</p>{big}".encode(), {"canary": True, "wild": True, "hidden": ["lep<"]}
    yield f"<script>{'var a = 1; ' * 30000} '{c}'</script><!-- {'x ' * 200000} {c} --><p title='{'y ' * 200000} {c}'>{c}</p>".encode(), {"canary": True, "wild": True}


# 5. Encodings

ENCODINGS = [("utf-8", "", [None, "utf-8"]), ("utf-8", "\ufeff", [None, "utf-8", "windows-1252"]), ("utf-16-le", "\ufeff", [None, "utf-16le"]), ("utf-16-be", "\ufeff", [None, "utf-16be"]),
             ("utf-16-le", "", [None, "utf-16le"]), ("utf-16-be", "", [None, "utf-16be"]), ("cp1252", "", [None, "windows-1252"]), ("iso-8859-1", "", [None, "iso-8859-1"]),
             ("iso-8859-15", "", [None, "iso-8859-15"]), ("cp850", "", [None, "cp850"]), ("cp865", "", ["cp865"]), ("cp437", "", ["cp437"]), ("nfd", "", [None, "utf-8"])]


def encoding_case(data, how):
    """`data` is the UTF-8 version."""
    text = data.decode()
    args = how["args"]
    reference = fritext(data, args)
    gone(reference, args)
    expected = reference.out.decode()
    for name, mark, said in ENCODINGS:
        try:
            raw = unicodedata.normalize("NFD", text).encode() if name == "nfd" else (mark + text).encode(name)
        except UnicodeEncodeError:
            continue
        for encoding in said:
            call = args + (["--encoding", encoding] if encoding else [])
            ran = fritext(raw, call)
            where = f"{name}{' with a mark' if mark else ''}"
            demand(ran.code == reference.code, f"{where}: another exit status", f"{ran.code}: {brief(ran.err)}", call)
            try:
                got = ran.out.decode("utf-8" if name == "nfd" else name)
            except UnicodeDecodeError:
                raise Fail(f"{where}: the output is not in its encoding", brief(ran.out), call) from None
            if name == "nfd":
                got = unicodedata.normalize("NFC", got)
            demand(got == mark + expected, f"{where}: another output", lambda: f"{brief(got)} for {brief(expected)}", call)
            width = 2 if name.startswith("utf-16") else 1
            if width == 1:
                demand(masked(raw, ran.out), f"{where}: bytes outside masks changed", lambda: brief(ran.out), call)


def encoding_table(rng):
    words = ["Åsa på Öland är snäll", "Sjögren åker på läger", "förälder ringde", "Bra", "Läxan är gjord", "Björn och Märta"]
    ill = [f"Åsa har {CANARY}", "Eleven har migrän sedan länge", "Är sjuk på måndag", f"Pojken har {CANARY}, säger läraren", "Har hög feber"]
    kind = rng.choice(["csv", "csv", "text", "json", "xml", "html"])
    count = rng.randint(2, 10)
    lines = [rng.choice(words) for _ in range(count)] + [rng.choice(ill) for _ in range(rng.randint(1, 4))]
    rng.shuffle(lines)
    lines += [words[0], words[1]]
    end = rng.choice(["\n", "\r\n"])
    if kind == "csv":
        d = rng.choice(";,\t|") if rng.random() < 0.8 else "¤"
        rows = [f"Id{d}Namn{d}Kommentar"] + [d.join([str(i), "Märta Sjögren", '"' + line + '"']) for i, line in enumerate(lines)]
        return (end.join(rows) + end).encode(), {"args": ["--input-format", "tsv" if d == "\t" else "csv"] if rng.random() < 0.7 else []}
    if kind == "json":
        return json.dumps([{"kommentar": line} for line in lines], ensure_ascii=False).encode(), {"args": ["--input-format", "json"]}
    if kind == "xml":
        return ("<rot>" + end.join(f"<kommentar>{line}</kommentar>" for line in lines) + "</rot>").encode(), {"args": ["--input-format", "xml"]}
    if kind == "html":
        return ("<html><body>" + end.join(f"<p>{line}</p>" for line in lines) + "</body></html>").encode(), {"args": ["--input-format", "html"]}
    return (".".join(line + end for line in lines)).encode(), {"args": ["--input-format", "text"]}


def encoding_hostile():
    table = "Id;Kommentar\n1;Åsa på Öland är snäll\n2;Hon har epilepsi och migrän\n3;Är på läger på Åland\n"
    yield table.encode(), {"args": []}
    yield table.encode(), {"args": ["--input-format", "csv"]}
    # Letters come late: after what a first read brings, and after the head that is looked at.
    for much in (3_000, 9_000, 100_000):
        lines = "Hej pa dig.\n" * (much // 12) + "Åsa på Öland är snäll och åker på läger\nHon har epilepsi och migrän\n"
        yield lines.encode(), {"args": ["--input-format", "text"]}
        yield lines.encode(), {"args": []}
        yield f"<rot><kommentar>{lines}</kommentar></rot>".encode(), {"args": ["--input-format", "xml"]}
        yield json.dumps({"kommentar": lines}, ensure_ascii=False).encode(), {"args": ["--input-format", "json"]}


# 6. Packing

def zstd(data, *args):
    return subprocess.run(["zstd", "-q", "-c", *args], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)


def unpacked(data, how):
    if how["pack"].startswith("gzip"):
        try:
            return gzip.decompress(data)
        except (OSError, EOFError, ValueError):
            return None
        except Exception:  # zlib.error
            return None
    done = zstd(data, "-d")
    return done.stdout if done.returncode == 0 else None


def packing_case(data, how):
    plain = fritext(data, how["args"])
    pack = how["pack"]
    packed = {
        "gzip": lambda: gzip.compress(data, mtime=0),
        "gzip-0": lambda: gzip.compress(data, 0),
        "gzip-members": lambda: gzip.compress(data[:len(data) // 2]) + gzip.compress(data[len(data) // 2:]),
        "gzip-empty-member": lambda: gzip.compress(b"") + gzip.compress(data) + gzip.compress(b""),
        "zstd": lambda: zstd(data).stdout,
        "zstd-19": lambda: zstd(data, "-19", "--no-check").stdout,
        "zstd-frames": lambda: zstd(data[:len(data) // 2]).stdout + zstd(data[len(data) // 2:]).stdout,
    }[pack]()
    ran = fritext(packed, how["args"])
    demand(ran.code == plain.code, "another exit status for the packed input", f"{ran.code}: {brief(ran.err)}", how["args"])
    got = unpacked(ran.out, how)
    demand(got == plain.out or not data and not ran.out, "another output for the packed input", lambda: f"{brief(got)} for {brief(plain.out)}", how["args"])
    rng = random.Random(how["seed"])
    for number in range(how.get("damage", 6)):
        if number % 2 == 0:
            damaged = packed[:rng.randrange(4, len(packed))] if number else packed[:-1]
            what = f"cut to {len(damaged)} bytes"
        else:
            at = rng.randrange(4, len(packed))
            damaged = packed[:at] + bytes([packed[at] ^ 1 << rng.randrange(8)]) + packed[at + 1:]
            what = f"bit flipped at {at}"
        was = unpacked(damaged, how)
        for command in ("redact", "check"):
            call = how["args"] + (["--format", "jsonl"] if command == "check" else [])
            ran = fritext(damaged, call, command)
            if was == data:
                # A bit of the header that says nothing about the content.
                demand(ran.code == 2 or command == "check" or unpacked(ran.out, how) == plain.out, "another output after a harmless flip", what, call)
                continue
            if was is None:
                demand(ran.code == 2, f"{pack}: damaged, and {command} ends with {ran.code}", f"{what}: {brief(damaged)}", call)
                demand(b"clean" not in ran.out, "damaged and called clean", what, call)


def packing_input(rng):
    data, how = rng.choice([csv_table, jsonl_document, xml_document, html_document, text_document])(rng)
    pack = rng.choice(["gzip", "gzip-0", "gzip-members", "gzip-empty-member", "zstd", "zstd-19", "zstd-frames"])
    return data, {"args": how["args"] if "args" in how else [], "pack": pack, "seed": rng.random()}


def packing_hostile():
    for pack in ["gzip", "gzip-members", "zstd", "zstd-frames"]:
        for data in [b"", b"x", b"Har epilepsi\n", b"Id;Kommentar\n1;Har epilepsi\n" * 5000]:
            if data or pack in ("gzip", "zstd"):
                yield data, {"args": [], "pack": pack, "seed": 1, "damage": 20}


# 7. Pieces

def text_document(rng):
    lines = [rng.choice(HEALTH + CALM + PERSON + [SENTENCE]) for _ in range(rng.randint(1, 30))]
    return rng.choice(["\n", "\r\n", " "]).join(lines).encode(), {"args": ["--input-format", "text"]}


def cut_up(rng, data):
    """Pieces with waits: what is written without a wait may or may not arrive together."""
    way = rng.random()
    if way < 0.3 and len(data) < 4000:
        return [(data[i:i + 1], 0) for i in range(len(data))]
    if way < 0.8:
        places = sorted({rng.randrange(len(data) + 1) for _ in range(rng.randint(1, 5))})
    else:
        places, at = [], 0
        while at < len(data) and len(places) < 40:
            at += rng.choice([1, 2, 3, 100, 4095, 4096, 4097, 8192, 65535, 65536])
            places.append(min(at, len(data)))
    ends = [0, *places, len(data)]
    waits = [0.004 if i < 6 else 0 for i in range(len(ends))]
    return [(data[a:b], w) for a, b, w in zip(ends, ends[1:], waits)]


def pieces_case(data, how):
    args = how["args"]
    rng = random.Random(how["seed"])
    whole = fritext(data, args)
    path = os.path.join(FOLDER, f"in{threading.get_ident()}")
    with open(path, "wb") as file:
        file.write(data)
    if "--stdin-filename" not in args:
        named = fritext(b"", [*args, path])
        demand(named.out == whole.out and named.code == whole.code, "a file and a pipe give different bytes", lambda: f"{brief(named.out)} for {brief(whole.out)}", args)
    threads = fritext(data, [*args, "--threads", "2"])
    demand(threads == whole, "two threads give something else", lambda: f"{brief(threads)} for {brief(whole)}", args)
    places = how.get("cuts")
    for number in range(how.get("times", 3)):
        if places:
            at = places[number % len(places)]
            pieces = [(data[:at], 0.02), (data[at:], 0)]
        else:
            pieces = cut_up(rng, data)
        call = [*args, "--threads", str(1 + number % 2)]
        ran = fritext(data, call, pieces=pieces)
        lengths = [len(p) for p, _ in pieces][:20]
        demand(ran.out == whole.out, "pieces give other bytes", lambda: f"pieces {lengths}: {brief(ran.out)} for {brief(whole.out)}", call)
        demand(ran.code == whole.code, "pieces give another exit status", lambda: f"pieces {lengths}: {ran.code} for {whole.code}", call)
        demand(ran.err == whole.err, "pieces give another message", lambda: f"pieces {lengths}: {brief(ran.err)} for {brief(whole.err)}", call)


def pieces_input(rng):
    make = rng.choice([csv_table, csv_table, json_document, jsonl_document, xml_document, html_document, text_document, encoding_table])
    data, how = make(rng)
    if make is encoding_table:
        name, mark, said = rng.choice(ENCODINGS[:-1])
        try:
            data = (mark + data.decode()).encode(name)
        except UnicodeEncodeError:
            pass
        else:
            how["args"] = how["args"] + (["--encoding", said[-1]] if said[0] is None and rng.random() < 0.5 else ["--encoding", said[0]] if said[0] else [])
    return data, {"args": how.get("args", ["--input-format", "html"]), "seed": rng.random()}


def pieces_hostile():
    swedish = "Åsa på Öland är snäll och åker på läger\nHon har epilepsi och migrän\n"
    for kind, text in [("text", swedish), ("html", f"<p>{swedish}</p>"), ("xml", f"<a><kommentar>{swedish}</kommentar></a>"), ("json", json.dumps({"a": swedish}, ensure_ascii=False)),
                       ("jsonl", json.dumps({"a": swedish}, ensure_ascii=False) + "\n"), ("csv", f"Id;Kommentar\n1;{swedish}")]:
        for name in ["utf-8", "cp1252", "cp850", "utf-16-le", "utf-16"]:
            yield text.encode(name), {"args": ["--input-format", kind], "seed": 1, "times": 6, "cuts": [1, 2, 3, 5, 8, 20]}
    xml = '<?xml version="1.0" encoding="cp850"?><a><kommentar>' + swedish + "</kommentar></a>"
    yield xml.encode("cp850"), {"args": ["--input-format", "xml"], "seed": 1, "times": 4, "cuts": [4, 6, 30, 60]}
    for line in ['{"a":1} x har epilepsi nu', 'hej har epilepsi nu', '{"a":"har epilepsi nu', '{"a":tru "har epilepsi nu"}']:
        data = (line + '\n{"b":"har epilepsi"}\n').encode()
        at = data.index(b"epilepsi")
        yield data, {"args": ["--input-format", "jsonl"], "seed": 1, "times": 4, "cuts": [at + 3, at, 1, 9]}
    yield b"Id;Kommentar\r\n1;har epilepsi\r\n2;\"x\r\ny\"\r\n", {"args": ["--input-format", "csv"], "seed": 1, "times": 6, "cuts": [13, 14, 15, 18, 29, 30]}
    yield b"sep=;\r\nId;Kommentar\r\n1;har epilepsi\r\n", {"args": ["--input-format", "csv"], "seed": 1, "times": 5, "cuts": [3, 4, 5, 6, 7]}
    body = "Hej på dig, kommer i morgon. " * 40000
    for kind, text in [("text", f"{body} har epilepsi {body} har epilepsi"), ("csv", f'Id;Kommentar\n1;"{body} har epilepsi"\n2;{body} epilepsi\n'),
                       ("json", json.dumps({"a": body + " har epilepsi", "b": body}, ensure_ascii=False)), ("xml", f"<a><b c='x'>{body} har epilepsi</b></a>"),
                       ("html", f"<p>{body} har epi<b>lep</b>si</p>"), ("csv", "Id;Kommentar\n" + "1;Hej på dig, har epilepsi\n" * 50000),
                       ("xml", f"<a>{'<b>x</b>' * 90000}<b c='{body}'>har epilepsi</b></a>"), ("text", "epilepsi " * 200000), ("text", "x" * 3_000_000 + " epilepsi")]:
        yield text.encode(), {"args": ["--input-format", kind], "seed": 2, "times": 2}


# 8. Mutation

def heading(text, at, how):
    """Whether the canary here names something: names of values are no values."""
    if how["kind"] == "csv":
        return not re.search(r"[\r\n]", text[:at].lstrip("\r\n\ufeff"))
    if how["kind"] in ("json", "jsonl"):
        # A key, or what may be one to who reads it.
        return bool(re.match(r'(?:[^"\\\n]|\\.)*"\s*:', text[at:])) and bool(re.search(r'[{,]\s*"(?:[^"\\\n]|\\.)*\Z', text[:at]))
    return False


def mutation_case(data, how):
    args = how["args"]
    ran = fritext(data, args)
    checked = fritext(data, [*args, "--format", "jsonl"], "check")
    lines = checked.out.decode().splitlines()
    for number, line in enumerate(lines):
        demand(try_strict(line)[0], "check gives no JSON", lambda: brief(line), args)
    demand(checked.code == 2 and not lines or lines and "summary" in json.loads(lines[-1]), "check gives no summary", brief(checked.out), args)
    demand((checked.code == 2) == (ran.code == 2), "check and redact disagree about exit 2", f"{checked.code} and {ran.code}: {brief(checked.err)} {brief(ran.err)}", args)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    if ran.code == 2 and not ran.out:
        return
    # What nobody sees parts no words.
    word = lambda c: c.isalnum() or c == "_" or unicodedata.category(c)[0] == "M" or unicodedata.category(c) == "Cf"
    for found in re.finditer(CANARY, text):
        before, after = text[:found.start()][-1:], text[found.end():][:1]
        if before and word(before) or after and word(after) or heading(text, found.start(), how):
            return
    demand(CANARY.encode() not in ran.out, f"{how['kind']}: the canary survives", lambda: f"exit {ran.code}: {brief(ran.out)}", args)
    only_masks(data, ran, args) if how["kind"] in ("csv", "text") else None


def valid_file(rng):
    kind = rng.choice(["csv", "json", "jsonl", "xml", "html", "text"])
    s = lambda: rng.choice([SENTENCE, SENTENCE, "Kommer i morgon", "Ring mamma på 070-1740605", "Tuva Ekhammar, 20120914-9812", "åäö"])
    if kind == "csv":
        text = "Id;Namn;Kommentar\r\n" + "".join(f'{i};Tuva;"{s()}"\r\n' if rng.random() < 0.5 else f"{i};Tuva;{s()}\r\n" for i in range(rng.randint(1, 6)))
    elif kind == "json":
        text = json.dumps({"rader": [{"id": i, "kommentar": s(), "b": json.dumps({"c": s()})} for i in range(rng.randint(1, 3))], "n": 1.5}, ensure_ascii=False)
    elif kind == "jsonl":
        text = "".join(json.dumps({"id": i, "kommentar": s()}, ensure_ascii=False) + "\n" for i in range(rng.randint(1, 5)))
    elif kind == "xml":
        text = '<?xml version="1.0"?>\n<rot><!-- x -->' + "".join(f'<rad id="{i}" not="{s()}"><kommentar>{s()}</kommentar><![CDATA[{s()}]]></rad>\n' for i in range(rng.randint(1, 3))) + "</rot>"
    elif kind == "html":
        text = "<!DOCTYPE html><html><body>" + "".join(f'<p title="{s()}">{s()} <b>fet</b></p><!-- {s()} -->\n' for i in range(rng.randint(1, 3))) + f"<script>var a='{s()}';</script></body></html>"
    else:
        text = "\n".join(s() for _ in range(rng.randint(1, 5)))
    return text, kind


TOKENS = [b'"', b"'", b"<", b">", b"&", b";", b",", b"\n", b"\r", b"\t", b"{", b"}", b"[", b"]", b"\\", b"\0", b"\xff", b"\xc3", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"?>", b"<?",
          b"\\u", b"\xef\xbb\xbf", b"\xff\xfe", b"&#", b"\xe2\x80\x8b", b"=", b"/", b"</", b"/>", b":", b"\xc2\xa4", b"\x1f\x8b", b"<script>", b"sep=;\n", b"\xed\xa0\x80", b"  ", b"\xf0\x9f\x99\x82"]


def mutated(rng):
    text, kind = valid_file(rng)
    data = bytearray(text.encode())
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        at = rng.randrange(len(data) + 1)
        way = rng.randrange(6)
        if way == 0 and data:
            data[at % len(data)] = rng.randrange(256)
        elif way == 1:
            data[at:at] = rng.choice(TOKENS)
        elif way == 2:
            del data[at:at + rng.choice([1, 1, 2, 10])]
        elif way == 3:
            data[at:at + rng.randint(1, 3)] = rng.choice(TOKENS)
        elif way == 4:
            other = rng.randrange(len(data) + 1)
            data[at:at] = data[other:other + rng.randint(1, 40)]
        else:
            data = data[:at] if rng.random() < 0.3 else data
    # A mutation in the middle of the canary ends it; what is left of others is still looked for.
    args = rng.choice([["--input-format", kind], ["--input-format", kind], ["--stdin-filename", f"x.{'txt' if kind == 'text' else kind}"], []])
    return bytes(data), {"args": args, "kind": kind}


def mutation_hostile():
    s = SENTENCE
    for text, kind in [("<?xml encoding=>\ufffd", "xml"), (f"<p>vikt <a {s}</p>", "html"), (f"<rot><a {s}</rot>", "xml"), (f"<a><?x {s}?></a>", "xml"), (f'{{"a":"{s}', "json"), (f"{{{s}}}", "json"),
                       (f"\0{s}\0", "text"), (f"Id;K\n1;\"{s}", "csv"), (f"<a>{s}</a", "xml"), (f"<{s}", "html"), (f"<{s}>", "html"), (f"</{s}>", "html"), (f"<!{s}>", "html"), (f"<?{s}>", "html"),
                       (f"<a b='{s}", "html"), (f"<!-- {s}", "html"), (f"<a>&{s};</a>", "xml"), ("", "json"), ("", "xml"), ("", "csv"), ("", "html"), ("", "jsonl"), ("", "text")]:
        yield text.encode(), {"args": ["--input-format", kind], "kind": kind}
    for raw in [b"<?xml encoding=>\xff", b"<?xml encoding=\xc3\xa5>\xff", b"<?xml encoding='", b"\xff\xfe", b"\xfe\xff\xd8", b"\xff\xfe\x00", b"\xef\xbb\xbf", b"\xef\xbb", b"\x1f\x8b", b"\x1f\x8b\x08\x00",
                b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f", b"sep=", b"sep=;", b"sep=\n", b'"sep=', b"\xc2", b"\xc2\xa4\xc2\xa4", b"a\xc2\xa4b\xc2\xa4c\n1\xc2\xa42\xc2", b"\r", b"\n", b'"', b"PK\x03\x04", b"%PDF-"]:
        for kind in ["auto", "csv", "json", "jsonl", "xml", "html", "text", "tsv"]:
            yield raw, {"args": ["--input-format", kind], "kind": kind}


# The properties: name, share of the cases, generators with their checks, hostile inputs.

PROPERTIES = [
    ("csv", 6, [(csv_table, csv_case)], lambda: ((d, h, csv_case) for d, h in csv_hostile())),
    ("json", 6, [(json_document, json_case), (jsonl_document, jsonl_case)],
     lambda: (*json_hostile(), *((d, h, jsonl_case) for d, h in jsonl_hostile()))),
    ("xml", 3, [(xml_document, xml_case)], lambda: ((d, h, xml_case) for d, h in xml_hostile())),
    ("html", 6, [(html_document, html_case)], lambda: ((d, h, html_case) for d, h in html_hostile())),
    ("encoding", 0.4, [(encoding_table, encoding_case)], lambda: ((d, h, encoding_case) for d, h in encoding_hostile())),
    ("packing", 0.6, [(packing_input, packing_case)], lambda: ((d, h, packing_case) for d, h in packing_hostile())),
    ("pieces", 1, [(pieces_input, pieces_case)], lambda: ((d, h, pieces_case) for d, h in pieces_hostile())),
    ("mutation", 10, [(mutated, mutation_case)], lambda: ((d, h, mutation_case) for d, h in mutation_hostile())),
]


def failure(check, data, how):
    try:
        check(data, how)
    except Fail as fail:
        return fail
    return None


def whole_words(data):
    """Whether every canary stands as a word by itself: in another word it is none."""
    return not re.search(rb"\w%s|%s\w" % ((CANARY.encode(),) * 2), data)


def reduce(check, data, how, fail, seconds=5):
    """A shorter input that fails in the same way."""
    best, until = (data, fail), time.monotonic() + seconds
    size = len(data) // 2
    while size and time.monotonic() < until and "hang" not in fail.kind:
        at, shorter = 0, False
        while at < len(best[0]) and time.monotonic() < until:
            smaller = best[0][:at] + best[0][at + size:]
            try:
                again = failure(check, smaller, how) if whole_words(smaller) else None
            except Exception:  # The input is none for this check.
                again = None
            if again and again.kind == fail.kind:
                best, shorter = (smaller, again), True
            else:
                at += size
        size = size if shorter and size == 1 else size // 2
    return best


def canary_list():
    """The canary in lists of the site's own: they find it whatever stands around it, and readers are what is compared here."""
    with open(os.path.join(FOLDER, "fritext.yaml"), "w") as f:
        f.write("extends: builtin\nlexicons: [canary]\n")
    proofs = [f"Har [{CANARY}].", f"Ja, [{CANARY}] igen.", f"Nu [{CANARY}]."]
    for lang in ("sv", "da"):
        os.makedirs(os.path.join(FOLDER, "canary", lang))
        with open(os.path.join(FOLDER, "canary", lang, "canary.yaml"), "w") as f:
            f.write("category: health\nowner: test\nreviewed: 2026-11-22\nsource: test\nlicence: CC0-1.0\nwhy: canary\n"
                    f"terms:\n  {CANARY}: exact\nexamples:\n" + "".join(f'  - "{p}"\n' for p in proofs)
                    + 'counterexamples:\n  - "Hej."\n  - "Nej."\n')


def main():
    global BINARY, FOLDER
    parser = argparse.ArgumentParser(description="fritext against other people's readers")
    parser.add_argument("binary")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=60, help="how long it takes: 60 is about a minute")
    parser.add_argument("--only", action="append", help="this property")
    parser.add_argument("--all", action="store_true", help="show one input per kind of failure")
    options = parser.parse_args()
    BINARY = os.path.abspath(options.binary)
    kept = tempfile.mkdtemp(prefix="fritext-compare-")
    failed = False
    with tempfile.TemporaryDirectory() as FOLDER, ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        canary_list()
        for name, share, generators, hostile in PROPERTIES:
            if options.only and name not in options.only:
                continue
            started = time.monotonic()
            cases = list(hostile())
            count = max(1, int(options.cases * share))

            def generated(number):
                rng = random.Random(f"{options.seed}:{name}:{number}")
                make, check = generators[number % len(generators)]
                data, how = make(rng)
                return data, how, check

            def one(number):
                data, how, check = cases[number] if number < len(cases) else generated(number - len(cases))
                return failure(check, data, how)

            total = len(cases) + count
            failures = {}
            times = collections.Counter()
            for number, fail in enumerate(pool.map(one, range(total))):
                if fail:
                    times[fail.kind] += 1
                    failures.setdefault(fail.kind, (number, fail))
            verdict = f"FAILED in {sum(times.values())}" if failures else "ok"
            print(f"{name}: {total} cases, {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
            for kind, (number, fail) in list(failures.items())[:None if options.all else 1]:
                failed = True
                data, how, check = cases[number] if number < len(cases) else generated(number - len(cases))
                path = os.path.join(kept, f"{name}-{len(os.listdir(kept))}")
                with open(path, "wb") as file:
                    file.write(data)
                short, why = reduce(check, data, how, fail)
                print(f"  {kind} ({times[kind]} times)\n    input   {brief(short)}\n    call    fritext {' '.join(why.call)}\n"
                      f"    because {why.detail}\n    kept as {path}", flush=True)
    if not failed:
        os.rmdir(kept)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
