"""`python -m tools.structure [--tree DIRECTORY] [--kind case]` measures a checkout's structure.

It reads the source, and runs nothing of it: any version of Brook can be measured.
"""

import argparse
import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.settings import ROOT

LAYER = "layers/crm/python"

_MODULE = re.compile(r"crm(\.\w+)+")
_CLAUSE = re.compile(r"(What|Who|Whoever|Whose|Whom|Where|Whether|When|Whatever|How|Which|Why)\b")


@dataclass(frozen=True)
class Tree:
    """The Python modules of a checkout.

    Attributes:
        modules: path by dotted name: of the layer, and of the functions.
    """

    modules: Mapping[str, Path]

    @classmethod
    def of(cls, root: Path) -> "Tree":
        return cls(dict(sorted([*_found(root / LAYER, "crm"), *_found(root, "functions")])))

    def imported(self, module: str) -> set[str]:
        """The modules of the tree, and of others, that a module imports, also inside functions."""
        return {
            f"{name}.{alias}" if f"{name}.{alias}" in self.modules else name
            for name, alias in _imports(self.modules[module])
        }

    def named(self, module: str) -> set[str]:
        """The modules of the tree that a string names: `<module>` or `<module>:<name>`."""
        return {name for name in _strings(self.modules[module]) if name in self.modules}


def _found(base: Path, package: str) -> Iterator[tuple[str, Path]]:
    for path in (base / package).rglob("*.py"):
        name = ".".join(path.relative_to(base).with_suffix("").parts)
        yield name.removesuffix(".__init__"), path


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.partition(":")[0]
            if _MODULE.fullmatch(name):
                yield name


def docstrings(path: Path) -> Iterator[str]:
    """The docstrings of a file: of the module, its classes and its functions."""
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield text


def is_clause(docstring: str) -> bool:
    """Return whether a docstring begins as a relative clause, without a subject and a verb."""
    return _CLAUSE.match(docstring) is not None


def figures(tree: Tree, kind: str) -> dict[str, int]:
    """Measure a tree.

    Args:
        tree: The modules.
        kind: A record kind; the files outside its own package that name it in a string count.
    """
    layer = {name: path for name, path in tree.modules.items() if name.startswith("crm.")}
    graph = _packages(tree)
    texts = [text for path in layer.values() for text in docstrings(path)]
    return {
        "packages and modules side by side in crm/": len({_top(name) for name in layer}),
        "longest chain of packages that import one another": _height(graph),
        "pairs of packages that import in a circle": _circular(graph),
        f"files outside its folder that name {kind!r}": len(list(_naming(layer, kind))),
        "modules called <verb>ing": sum(name.endswith("ing") for name in layer),
        "docstrings that begin as a relative clause": sum(map(is_clause, texts)),
        "docstrings": len(texts),
        "lines of the layer": sum(path.read_text().count("\n") for path in layer.values()),
    }


def _top(module: str) -> str:
    return module.split(".")[1]


def _packages(tree: Tree) -> dict[str, set[str]]:
    """The packages in crm/ that each of them imports."""
    graph: dict[str, set[str]] = defaultdict(set)
    for module in tree.modules:
        if module.startswith("crm."):
            others = {one for one in tree.imported(module) if one.startswith("crm.")}
            graph[_top(module)] |= {_top(one) for one in others} - {_top(module)}
    return graph


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _circular(graph: Mapping[str, set[str]]) -> int:
    reached = {name: _reached(graph, name) for name in graph}
    return sum(
        one < other and one in reached.get(other, ()) for one in graph for other in reached[one]
    )


def _height(graph: Mapping[str, set[str]]) -> int:
    """The number of packages on the longest path; packages in a circle are one step."""
    reached = {name: _reached(graph, name) for name in graph}

    @cache
    def height(name: str) -> int:
        below = (one for one in reached[name] if name not in reached.get(one, ()))
        return 1 + max((height(one) for one in below), default=0)

    return max(height(name) for name in graph)


def _naming(layer: Mapping[str, Path], kind: str) -> Iterator[str]:
    """The files that name a kind in a string that is no docstring, outside its own package."""
    folders = {kind, f"{kind}s"}
    for module, path in layer.items():
        texts = set(docstrings(path))
        strings = (
            node.value
            for node in ast.walk(_parsed(path))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        imports = {name for name, _ in _imports(path)}
        names = any(text == kind for text in strings if text not in texts) or any(
            folders & set(name.split(".")) for name in imports
        )
        if names and not folders & set(module.split(".")):
            yield module


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.structure", description=__doc__)
    parser.add_argument("--tree", type=Path, default=ROOT)
    parser.add_argument("--kind", default="case")
    arguments = parser.parse_args()
    for name, value in figures(Tree.of(arguments.tree), arguments.kind).items():
        print(f"{value:>7,}  {name}")


if __name__ == "__main__":
    main()
