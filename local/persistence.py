"""Adds to the engine's saved state what it omits, and rejects a broken saved state.

The engine saves on a clean stop only, and omits the streams of tables although it saves the
positions of their readers: after a restart readers would skip new records. It also starts empty
when a file cannot be read, and then overwrites it. The names used here are private to the pinned
version; `tests/integration/test_local_persistence.py` kills a stack to check that they still hold.
"""

import importlib
import json
from pathlib import Path
from typing import Any

from local.errors import LocalStackError
from local.files import write_atomically

# State that the engine's DynamoDB saves. Reading it here avoids a copy of every item.
TABLE_STATE = [
    "tags",
    "ttl_settings",
    "pitr_settings",
    "kinesis_destinations",
    "contributor_insights",
    "backups",
    "resource_policies",
    "exports",
    "imports",
]
POSITIONS = "stream_positions"


def install() -> None:
    application: Any = importlib.import_module("ministack.app")
    dynamodb: Any = importlib.import_module("ministack.services.dynamodb")
    functions: Any = importlib.import_module("ministack.services.lambda_svc")
    application.load_state = load_state
    dynamodb.get_state = table_state
    restore_tables = dynamodb.load_persisted_state
    restore_functions = functions.load_persisted_state

    def load_tables(data: dict[str, Any]) -> None:
        restore_tables(data)
        dynamodb._stream_records.update(data.get("stream_records", {}))
        dynamodb._stream_trimmed.update(data.get("stream_trimmed", {}))

    def load_functions(data: dict[str, Any]) -> None:
        data["dynamodb_stream_positions"] = load_state(POSITIONS) or {}
        restore_functions(data)

    dynamodb.load_persisted_state = load_tables
    functions.load_persisted_state = load_functions


def load_state(service: str) -> Any:
    persistence = importlib.import_module("ministack.core.persistence")
    path = Path(persistence.STATE_DIR) / f"{service}.json"
    try:
        content = json.loads(path.read_bytes(), object_hook=persistence._json_object_hook)
        return content["payload"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalStackError(
            f"the saved state in {path} cannot be read: restore it, or start afresh with "
            f"`make clean-state`"
        ) from error


def save_state(service: str, content: bytes) -> None:
    persistence = importlib.import_module("ministack.core.persistence")
    write_atomically(Path(persistence.STATE_DIR) / f"{service}.json", content)


def encode(service: str, state: Any) -> bytes:
    """Encode a state like the engine, but in one call of the C encoder: some ten times as fast."""
    persistence = importlib.import_module("ministack.core.persistence")
    wrapped = {
        "__ministack_format__": persistence._state_format_version(service),
        "payload": state,
    }
    return json.dumps(wrapped, default=persistence._json_default).encode()


def table_state() -> dict[str, Any]:
    """Return the current tables and their streams, in one piece, so that one file holds both.

    It is read on the event loop, which alone changes tables. Stream records that every reader
    has passed are left out.
    """
    dynamodb = importlib.import_module("ministack.services.dynamodb")
    tables = type(dynamodb._tables)()
    for (account, region, name), table in dynamodb._tables.all_items():
        kept = {key: value for key, value in table.items() if key != dynamodb._INDEX_MEMBERS}
        tables.set_scoped(account, region, name, kept)
    records, trimmed = _unread_streams(dynamodb)
    state = {name: getattr(dynamodb, f"_{name}") for name in TABLE_STATE}
    return {**state, "tables": tables, "stream_records": records, "stream_trimmed": trimmed}


def _unread_streams(dynamodb: Any) -> tuple[Any, Any]:
    records, trimmed = type(dynamodb._tables)(), type(dynamodb._tables)()
    for (account, region, name), stream in dynamodb._stream_records.all_items():
        start = dynamodb._stream_trimmed.get_scoped(account, region, name, 0)
        end = start + len(stream)
        read = min(_positions_in(account, region, name), default=start)
        read = max(start, min(read, end))
        records.set_scoped(account, region, name, stream[read - start :])
        trimmed.set_scoped(account, region, name, read)
    return records, trimmed


def _positions_in(account: str, region: str, table: str) -> list[int]:
    functions = importlib.import_module("ministack.services.lambda_svc")
    mappings = [
        (mapping["UUID"], owner)
        for owner, place, mapping in functions._iter_all_esms()
        if (owner, place) == (account, region) and f":table/{table}/" in mapping["EventSourceArn"]
    ]
    positions = functions._dynamodb_stream_positions
    return [positions.get_scoped(account, region, uuid, 0) for uuid, _ in mappings]


def stream_positions() -> Any:
    functions = importlib.import_module("ministack.services.lambda_svc")
    return functions._dynamodb_stream_positions
