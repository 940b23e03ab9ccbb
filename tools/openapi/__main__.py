"""`python -m tools.openapi` writes what `functions/api/docs` serves; `--check` only compares."""

import argparse
import json
import sys
from pathlib import Path

from local.settings import ROOT
from tools.openapi.document import build
from tools.openapi.page import page
from tools.openapi.resources import resources

DOCUMENT = ROOT / "functions/api/docs/openapi.json"
PAGE = ROOT / "functions/api/docs/docs.html"
COMMAND = "make openapi"


def generate() -> dict[Path, str]:
    """Return the expected content of the files."""
    document = build(resources())
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return {DOCUMENT: f"{text}\n", PAGE: page.build(document)}


def stale() -> list[Path]:
    """Return the files whose content is not the expected one."""
    return [
        path
        for path, text in generate().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        names = ", ".join(path.name for path in stale())
        if names:
            print(f"error: {names} no longer fit the handlers: run `{COMMAND}`", file=sys.stderr)
        return 1 if names else 0
    for path, text in generate().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
