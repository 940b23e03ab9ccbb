"""Resolves the intrinsic functions that the API's body uses. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")


class Resolver:
    """Resolves names of a stack: parameters, pseudo parameters, resources and their ARNs."""

    def __init__(
        self,
        references: Mapping[str, str | None],
        attributes: Mapping[tuple[str, str], str],
        conditions: Mapping[str, Any],
    ) -> None:
        self._references = references
        self._attributes = attributes
        self._conditions = conditions
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._reference,
            "Fn::Sub": self._substitute,
            "Fn::If": self._choose,
            "Fn::Not": lambda conditions: not self.resolve(conditions[0]),
            "Fn::Equals": lambda pair: self.resolve(pair[0]) == self.resolve(pair[1]),
            "Fn::Split": lambda pair: self.resolve(pair[1]).split(pair[0]),
            "Fn::GetAtt": lambda pair: self._attributes[pair[0], pair[1]],
        }

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in self._functions:
                return self._functions[name](argument)
        return {key: self.resolve(item) for key, item in value.items()}

    def _reference(self, name: str) -> str | None:
        return self._references[name]

    def _substitute(self, template: str) -> str:
        def replace(match: re.Match[str]) -> str:
            name, _, attribute = match.group(1).partition(".")
            if not attribute or match.group(1) in self._references:
                return str(self._references[match.group(1)])
            return self._attributes[name, attribute]

        return PLACEHOLDER.sub(replace, template)

    def _choose(self, argument: list[Any]) -> Any:
        condition, when_true, when_false = argument
        return self.resolve(when_true if self.resolve(self._conditions[condition]) else when_false)
