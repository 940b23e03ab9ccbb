"""Install the locked packages of the runtime into a layer, for AWS or for the local stack.

LAYER_TARGET=aws (the default) takes the wheels that Lambda runs: Python 3.13 on arm64.
LAYER_TARGET=local takes those of the running Python, under which the local engine runs functions.
What was built for a lock and a target is kept, so that only a change of either pays for pip.
"""

import compileall
import gzip
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.txt"
# Not beside the lock: SAM copies this directory with all that is in it before each build.
CACHE = HERE.parents[1] / ".cache" / "layers"
LAMBDA_PYTHON = (3, 13)
LAMBDA_PLATFORMS = ["manylinux2014_aarch64", "manylinux_2_28_aarch64"]
# The service models that functions use; the other 400 would be four fifths of the layer.
SERVICES = {"cognito-idp", "dynamodb", "s3", "scheduler", "sesv2", "sqs", "sts"}
# What botocore calls them in its list of endpoints.
ENDPOINTS = SERVICES - {"sesv2"} | {"email"}
JUNK = ["**/__pycache__", "**/tests", "boto3/examples", "bin"]
DIST_INFO_KEPT = {"METADATA", "entry_points.txt", "licenses"}


def main() -> None:
    artifacts = Path(sys.argv[1])
    target = os.environ.get("LAYER_TARGET", "aws")
    built = CACHE / fingerprint(target)
    if not built.exists():
        build(built, target)
    shutil.copytree(built, artifacts, dirs_exist_ok=True)


def fingerprint(target: str) -> str:
    """What the layer depends on: the lock, this recipe, and the Python it is for."""
    running = f"{sys.implementation.cache_tag}-{sys.platform}-{os.uname().machine}"
    digest = hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes() + running.encode())
    return f"{target}-{digest.hexdigest()[:16]}"


def build(built: Path, target: str) -> None:
    """Build beside the final place and move there in one step: what is there is whole."""
    unfinished = CACHE / f"unfinished-{os.getpid()}"
    packages = unfinished / "python"
    packages.mkdir(parents=True)
    install(packages, target)
    strip(packages)
    if target == "local" or sys.version_info[:2] == LAMBDA_PYTHON:
        compile_all(packages, unfinished)
    for former in set(CACHE.glob(f"{target}-*")) - {built}:
        shutil.rmtree(former, ignore_errors=True)
    try:
        unfinished.rename(built)
    except OSError:  # Another build of the same was quicker.
        shutil.rmtree(unfinished)


def install(packages: Path, target: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-compile", "--require-hashes", "--only-binary=:all:"]
    command += ["--requirement", str(LOCK), "--target", str(packages)]
    if target == "aws":
        command += ["--implementation", "cp", "--python-version", "3.13"]
        command += [f"--platform={platform}" for platform in LAMBDA_PLATFORMS]
    subprocess.run(command, check=True)


def strip(packages: Path) -> None:
    strip_service_models(packages)
    for pattern in JUNK:
        for path in packages.glob(pattern):
            shutil.rmtree(path)
    for entry in packages.glob("*.dist-info/*"):
        if entry.is_file() and entry.name not in DIST_INFO_KEPT:
            entry.unlink()


def strip_service_models(packages: Path) -> None:
    for data in (packages / "botocore/data", packages / "boto3/data"):
        for entry in data.iterdir():
            if entry.is_dir() and entry.name not in SERVICES:
                shutil.rmtree(entry)
    strip_endpoints(packages / "botocore/data/endpoints.json")
    for examples in packages.glob("botocore/data/*/*/examples-1.json"):
        examples.unlink()
    for model in packages.glob("botocore/data/*/*/service-2.json.gz"):
        described = json.loads(gzip.decompress(model.read_bytes()))
        model.with_suffix("").write_text(json.dumps(undocumented(described), separators=(",", ":")))
        model.unlink()


def strip_endpoints(path: Path) -> None:
    """Leave those of our services: the first client of a process reads this file, 1.2 MB of it."""
    endpoints = json.loads(path.read_bytes())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in ENDPOINTS}
    path.write_text(json.dumps(endpoints, separators=(",", ":")))


def undocumented(model: Any) -> Any:
    """A service model without its texts: three quarters of what a client has to read."""
    if isinstance(model, dict):
        return {
            name: "" if name == "documentation" and isinstance(value, str) else undocumented(value)
            for name, value in model.items()
        }
    return [undocumented(value) for value in model] if isinstance(model, list) else model


def compile_all(packages: Path, root: Path) -> None:
    """Unchecked: nobody edits a layer, so no import need compare a source's time stamp."""
    compileall.compile_dir(
        packages,
        quiet=1,
        stripdir=str(root),
        prependdir="/opt",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


if __name__ == "__main__":
    main()
