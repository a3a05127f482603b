#!/usr/bin/env python3
"""Runs every caller in this folder against a service of its own: test.py PROGRAM [--no-browser]"""

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = Path(sys.argv[1]).resolve()
LINE = "Elvira Lindqvist är sjuk, feber, giltig"
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from client import Fritext  # noqa: E402


def same(got, wanted, what):
    if got != wanted:
        sys.exit(f"{what}: {got!r} is not {wanted!r}")
    print(f"ok  {what}")


def pages(folder):
    """This folder as a web server; its origin."""
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def start(folder, origin):
    config = folder / "fritext.yaml"
    config.write_text(f"serve:\n  listen: 127.0.0.1:0\n  socket: {folder}/s\n  origins: ['{origin}']\n")
    child = subprocess.Popen([PROGRAM, "--config", config, "serve"], stderr=subprocess.PIPE, text=True)
    for line in child.stderr:
        if found := re.search(r"ready.*http://(127\.0\.0\.1:\d+)", line):
            threading.Thread(target=child.stderr.read, daemon=True).start()
            return child, found[1]
    sys.exit("the service did not start")


def run(command, text, **environment):
    done = subprocess.run(command, input=text, capture_output=True, text=True, env={**os.environ, **environment})
    return done.returncode, done.stdout


def shell(place):
    url = f"http://{place}"
    code, out = run([HERE / "check.sh", "vklass", "franvaro"], LINE, FRITEXT_URL=url, LANG="en")
    same((code, "redact[absence.health]: Write only" in out), (1, True), "check.sh refuses with a reason")
    same(out.splitlines()[-1], "instead: Frånvarande, giltig", "check.sh says what may stand there")
    same(run([HERE / "check.sh", "vklass", "kommentar"], "Bra jobbat", FRITEXT_URL=url), (0, ""), "check.sh accepts")
    same(run([HERE / "check.sh", "a", "b"], "x", FRITEXT_URL="http://127.0.0.1:9")[0], 2, "check.sh tells silence")


def python(place, socket):
    for where in (place, socket):
        answer = Fritext(where, timeout=5).check(LINE, "vklass", "franvaro", locale="en")
        same((answer.verdict, answer.suggested_text, len(answer.messages)), ("redact", "Frånvarande, giltig", 1), where)
    silent = Fritext("/nonexistent/socket", on_failure="allow").check(LINE)
    same((silent.may_be_saved, silent.checked), (True, False), "client.py decides when nobody answers")
    table = (ROOT / "examples/vklass_franvaro.csv").read_text()
    code, out = run([HERE / "batch.py", place, "vklass", "franvaro", "Frånvarokommentar"], table)
    lines = out.splitlines()
    same((code, len(lines) > 10, lines[0].endswith(";fritext;instead")), (0, True, True), "batch.py reads and writes a table")
    same(sum(";redact;" in line for line in lines) > 3, True, "batch.py finds something")


def browser(origin, place):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = opened.new_page()
        faults = []
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.goto(f"{origin}/form.html")
        page.evaluate("place => { document.querySelector('form').dataset.fritext = place }", f"http://{place}")
        page.type("#text", LINE)
        page.wait_for_selector("#text[data-verdict=redact]")
        same(page.inner_text("#told li")[:10], "Skriv bara", "the form says why while one types")
        same(page.inner_text("#wording"), "Frånvarande, giltig", "the form offers a wording")
        page.click("#save")
        page.wait_for_timeout(300)
        same(page.url.endswith("/form.html"), True, "the form does not save what may not be saved")
        page.click("#use")
        page.wait_for_selector("#text[data-verdict=allow]")
        same(page.input_value("#text"), "Frånvarande, giltig", "the wording is taken over")
        page.click("#save")
        page.wait_for_url("**/saved.html*")
        same(faults, [], "the form saves it, and nothing failed in the page")
        page.goto(f"{origin.replace('127.0.0.1', 'localhost')}/form.html")
        page.evaluate("place => { document.querySelector('form').dataset.fritext = place }", f"http://{place}")
        page.type("#text", LINE)
        page.wait_for_timeout(800)
        same(page.get_attribute("#text", "data-verdict"), None, "a page of another origin gets no answer")
        opened.close()


def pre_commit(folder):
    def git(where, *arguments):
        who = ["-c", "user.name=Ingen", "-c", "user.email=ingen@example.org"]
        subprocess.run(["git", "-C", where, *who, *arguments], check=True, capture_output=True)

    hooks, work, bin_ = folder / "hooks", folder / "work", folder / "bin"
    for made in (hooks, work, bin_):
        made.mkdir()
    (bin_ / "fritext").symlink_to(PROGRAM)
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    for where in (hooks, work):
        git(where, "init", "-q")
    git(hooks, "add", ".")
    git(hooks, "commit", "-qm", "hooks")
    head = subprocess.run(["git", "-C", hooks, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    config = f"repos:\n- repo: {hooks}\n  rev: {head}\n  hooks:\n  - id: fritext-system\n    args: [--system, vklass, --field, kommentar, --locale, en]\n"
    (work / ".pre-commit-config.yaml").write_text(config)
    path = f"{bin_}{os.pathsep}{os.environ['PATH']}"
    for text, wanted in (("Bra jobbat i dag.\n", 0), ("Tuva har adhd.\n", 1)):
        (work / "note.txt").write_text(text)
        git(work, "add", ".")
        command = [sys.executable, "-m", "pre_commit", "run"]
        environment = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(folder / "cache")}
        environment = {k: v for k, v in environment.items() if not k.startswith("GIT_")}
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, env=environment)
        same(done.returncode, wanted, f"pre-commit ends with {wanted}" if done.returncode == wanted else done.stdout)
    same("note.health" in done.stdout, True, "pre-commit shows why")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        origin = pages(HERE)
        child, place = start(folder, origin)
        try:
            shell(place)
            python(place, f"{folder}/s")
            if "--no-browser" not in sys.argv:
                browser(origin, place)
                pre_commit(folder)
        finally:
            child.terminate()
        same(child.wait(), 0, "the service ends")


if __name__ == "__main__":
    main()
