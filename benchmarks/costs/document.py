"""The tables of `docs/cost.md`: what stands there between two marks is written from the ledger."""

import re
from collections.abc import Callable, Mapping

from benchmarks import cold_start, prices
from benchmarks.costs.aims import REASONS, aim
from benchmarks.costs.ledger import Figures, Ledger, Money
from benchmarks.costs.mix import MIX
from benchmarks.tables import rows_of
from local.settings import ROOT

PATH = ROOT / "docs" / "cost.md"
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

MILLION = 1_000_000
RECORD_GIGABYTES, FILE_GIGABYTES = 10, 100
LOG_BYTES = 1500
"""Of one request: the access log's line, the function's, and Lambda's own three."""


def rendered(text: str, ledger: Ledger) -> str:
    """A text with its tables written anew."""
    return MARKED.sub(lambda m: f"{m[1]}\n{TABLES[m[2]](ledger)}\n\n{m[3]}", text)


def _month(ledger: Ledger) -> str:
    """What a month costs, in US dollars."""
    spent = list(ledger.money.values())

    def of_million(read: Callable[[Money], float]) -> float:
        return sum(read(one) * one.share for one in spent) * MILLION / sum(MIX.values())

    lines = {
        "DynamoDB: requests": of_million(lambda one: one.database),
        "Lambda: requests and what the stream sets off": of_million(lambda one: one.functions),
        "API Gateway, S3 and SQS: requests": of_million(lambda one: one.others),
        f"CloudWatch: logs, {LOG_BYTES / 1000:g} KB a request": (
            MILLION * LOG_BYTES / 1e9 * prices.LOG_GIGABYTE
        ),
        f"DynamoDB: {RECORD_GIGABYTES} GB of records": RECORD_GIGABYTES * prices.TABLE_GIGABYTE,
        f"DynamoDB: {RECORD_GIGABYTES} GB of backups to the second": (
            RECORD_GIGABYTES * prices.BACKUP_GIGABYTE
        ),
        f"S3: {FILE_GIGABYTES} GB of files": FILE_GIGABYTES * prices.FILE_GIGABYTE,
    }
    rows = [[name, f"{amount:.2f}"] for name, amount in lines.items()]
    return rows_of(
        ["a month", "US dollars"], [*rows, ["**all**", f"**{sum(lines.values()):.2f}**"]]
    )


def _mix(ledger: Ledger) -> str:
    return rows_of(
        ["request", "of 1,000", "ms of computing", "DynamoDB", "Lambda", "others"],
        [
            [
                title,
                one.share,
                one.processor,
                *(f"{MILLION * part:.2f}" for part in (one.database, one.functions, one.others)),
            ]
            for title, one in ledger.money.items()
        ],
    )


def _stored(ledger: Ledger) -> str:
    return rows_of(
        ["record", "bytes of its item", "bytes in all", "in 10 GB"],
        [
            [kind, one.own, one.all, f"{RECORD_GIGABYTES * 1e9 / one.all:,.0f}"]
            for kind, one in ledger.stored.items()
        ],
    )


def _routes(ledger: Ledger) -> str:
    return rows_of(
        ["route", "trips", "RCU", "WCU", "calls in order"],
        [
            [
                f"`{title}`",
                *(_change(one.before, one.now, name) for name in ("trips", "read", "write")),
                one.calls,
            ]
            for title, one in ledger.routes.items()
        ],
    )


def _change(before: Figures | None, now: Figures, name: str) -> str:
    """`5 → 3`, or just `3` where nothing has changed."""
    then, since = (
        None if figures is None else f"{getattr(figures, name):g}" for figures in (before, now)
    )
    return f"{then} → {since}" if then not in (None, since) else str(since)


def _over(ledger: Ledger) -> str:
    return rows_of(
        ["route", "aim", "trips", "why"],
        [
            [f"`{title}`", aim(title), ledger.routes[title].now.trips, reason]
            for title, reason in REASONS.items()
        ],
    )


def _lists(ledger: Ledger) -> str:
    sizes = sorted({size for one in ledger.lists.values() for size in one})
    return rows_of(
        ["list", *(f"trips {size:,}" for size in sizes), *(f"RCU {size:,}" for size in sizes)],
        [
            [
                title,
                *(one[size].trips if size in one else None for size in sizes),
                *(one[size].read if size in one else None for size in sizes),
            ]
            for title, one in ledger.lists.items()
        ],
    )


def _functions(ledger: Ledger) -> str:
    floor, usual, uncompiled = (
        ledger.starts[name].processor
        for name in (cold_start.FLOOR, cold_start.USUAL, cold_start.UNCOMPILED)
    )
    return rows_of(
        ["function", "modules", "ms answered", "ms computed", "x floor", "x usual", "x uncompiled"],
        [
            [
                name,
                ledger.modules.get(name),
                one.answered,
                one.processor,
                *(f"{one.processor / reference:.2f}" for reference in (floor, usual, uncompiled)),
            ]
            for name, one in ledger.starts.items()
        ],
    )


def _warm(ledger: Ledger) -> str:
    return rows_of(
        ["route", "ms of its calls", "ms of the request", "ratio"],
        [
            [
                f"`{title}`",
                f"{one.calls:.2f}",
                f"{one.request:.2f}",
                f"{one.request / one.calls:.2f}",
            ]
            for title, one in ledger.warm.items()
        ],
    )


def _layers(ledger: Ledger) -> str:
    return rows_of(
        ["layer", "MB unpacked"],
        [[name, f"{size / 1e6:.1f}"] for name, size in ledger.layers.items()],
    )


TABLES: Mapping[str, Callable[[Ledger], str]] = {
    "month": _month,
    "mix": _mix,
    "stored": _stored,
    "routes": _routes,
    "over": _over,
    "lists": _lists,
    "functions": _functions,
    "warm": _warm,
    "layers": _layers,
}
