#!/usr/bin/env python3
"""The service against its own OpenAPI document, by schemathesis: openapi.py PROGRAM

Requests are made up from the document, right ones and wrong ones; every answer must be one that the document describes.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

CONFIG = """
serve:
  listen: 127.0.0.1:0
  overrides: [{reason: need, legal_basis: [art9.2.b], for: [health]}]
  tenants: {norr: {config: FOLDER/norr.yaml, token_file: FOLDER/token}}
"""


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token = "0123456789abcdef" * 4
        (folder / "token").write_text(token)
        (folder / "token").chmod(0o400)
        (folder / "schemathesis.toml").write_text('[parameters]\n"path.tenant" = "norr"\n')
        (folder / "norr.yaml").write_text("extends: builtin\n")
        (folder / "fritext.yaml").write_text(CONFIG.replace("FOLDER", name))
        command = [program, "--config", folder / "fritext.yaml", "serve"]
        service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        url = next(m[1] for line in service.stderr if (m := re.search(r"ready.*(http://127\.0\.0\.1:\d+)", line)))
        # The log is read on by nobody; it is short.
        tool = [sys.executable, "-m", "schemathesis.cli"]
        run = [*tool, "run", f"{url}/openapi.json", "--checks", "all", "--max-examples", "40"]
        run += ["--header", f"Authorization: Bearer {token}", "--exclude-checks", "ignored_auth"]
        try:
            sys.exit(subprocess.run(run, cwd=folder).returncode)
        finally:
            service.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
