"""Content that the layer's build removes from botocore's data, and content that it keeps."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

RECIPE = Path(__file__).parents[2] / "layers/deps/build.py"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build", RECIPE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_model_loses_its_texts_and_nothing_that_is_only_called_so(build: ModuleType) -> None:
    model = {
        "documentation": "All of it.",
        "shapes": [{"documentation": {"shape": "Text", "documentation": "A member."}, "max": 1}],
    }
    assert build.undocumented(model) == {
        "documentation": "",
        "shapes": [{"documentation": {"shape": "Text", "documentation": ""}, "max": 1}],
    }


def test_endpoints_keep_our_services(build: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "endpoints.json"
    services: dict[str, Any] = {"dynamodb": {"endpoints": {}}, "email": {}, "ec2": {}}
    path.write_text(json.dumps({"partitions": [{"partition": "aws", "services": services}]}))
    build.strip_endpoints(path)
    assert json.loads(path.read_text()) == {
        "partitions": [
            {"partition": "aws", "services": {"dynamodb": {"endpoints": {}}, "email": {}}}
        ]
    }
