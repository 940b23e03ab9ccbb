"""`python -m tools.openapi.page DOCUMENT PAGE` writes the page of an OpenAPI document.

`sam build` runs it by whatever Python there is, so nothing here needs more than Python itself.
"""

import argparse
import json
from pathlib import Path

from tools.openapi.page import page


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.openapi.page", description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("page", type=Path)
    arguments = parser.parse_args()
    document = json.loads(arguments.document.read_text(encoding="utf-8"))
    arguments.page.write_text(page.build(document), encoding="utf-8")


if __name__ == "__main__":
    main()
