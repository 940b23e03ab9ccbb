import os
import re
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalStackError

ROOT = Path(__file__).resolve().parent.parent
STACK_NAME = "brook-crm"
REGION = "us-east-1"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """Settings of one local stack.

    Attributes:
        directory: the directory of its state and files.
        port: port of the API, on loopback.
        engine_port: port of the engine, on loopback.
        parameters: parameters of the template, `NAME=VALUE`; an omitted one has its default in a
            new stack, and keeps its value in an existing one.
    """

    directory: Path
    port: int
    engine_port: int
    parameters: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls) -> "Settings":
        return cls(
            directory=Path(os.environ.get("LOCAL_DIRECTORY", ROOT / ".local")),
            port=_port("PORT", "3000"),
            engine_port=_port("ENGINE_PORT", "4566"),
            parameters=_parameters(),
        )

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def engine_url(self) -> str:
        return f"http://{HOST}:{self.engine_port}"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def scratch(self) -> Path:
        return self.directory / "tmp"

    @property
    def engine_log(self) -> Path:
        return self.directory / "engine.log"

    @property
    def outputs(self) -> Path:
        return self.directory / "stack.json"

    @property
    def demo(self) -> Path:
        return self.directory / "demo.json"


def _parameters() -> tuple[str, ...]:
    given = tuple(os.environ.get("PARAMETERS", "").split())
    for one in given:
        if not re.fullmatch(r"[A-Za-z]+=\S*", one):
            raise LocalStackError(f"PARAMETERS are NAME=VALUE, with spaces between, not {one!r}")
    return given


def _port(variable: str, default: str) -> int:
    value = os.environ.get(variable, default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise LocalStackError(f"{variable} is a port, a number up to 65535, not {value!r}")
    return int(value)
