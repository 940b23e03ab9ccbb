"""Matches the columns of a file with fields, and turns each row into a body of the API. Pure.

Columns are matched in this order; each field is filled by one column, each kind of child item of
an entity by any number of columns:

1. the mapping of the client;
2. Brook's own names, ignoring case, blanks, `_`, `-` and `.`: those of `fields`, `id`, and
   `custom_fields.<name>`; for entities also `first_name`, `middle_name`, `last_name`, channels
   (`email`, `email 2`, `email label`), types of identifiers (`vat`, `other_identifier`) and pieces
   of addresses (`billing_city`);
3. custom fields by their plain name, or their label;
4. the names of public contact exports (`vendor_headers`), for entities and leads.

An empty cell has no effect: a new record gets its default, an updated one keeps its value.
Several values of a cell are separated by ` ::: `, those of plain lists (email addresses, phone
numbers, choices, ids) also by `;`. An identifier may begin with its country: `DE:123`.
An apostrophe that keeps a spreadsheet from running a formula is removed, as described at
`writer.unescape_formula`.

The API's models validate the values. Phone numbers for example must have their country code
(`+49 30 123456`, `0049 30 123456`): the national ones that many address books contain,
`(030) 123456`, are rejected there, as their country is unknown.

Values of a contact export that have no field are not lost: they are added to the note of the
entity, one line each. These are addresses without street, city or country; an organization or a
nickname that is not part of the name; address labels that are not an address kind.

An entity whose row has no `type` is a contact; in a file whose columns name organizations and
no person, such as an export of companies, it is an organization.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from crm.administration.csv.fields import CUSTOM, NAME_PIECES, Definition, RecordType, read_only
from crm.administration.csv.names import name_entity, name_lead
from crm.administration.csv.parts import Cell, addresses, contact_points, identifiers
from crm.administration.csv.targets import SCALARS, Target, folded, own
from crm.administration.csv.values import custom, pieces
from crm.administration.csv.vendor_headers import FALLBACK_NAMES, WORDS, is_name, part
from crm.administration.csv.writer import unescape_formula
from crm.platform.errors import FieldError, ValidationFailedError


@dataclass(frozen=True)
class Column:
    """A column of a file, and the targets that it fills."""

    name: str
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The conversion of the rows of a file.

    Attributes:
        record_type: the record type that the rows become.
        columns: the columns of the file, in their order.
        unmatched: names of the columns without a target that the mapping does not set aside.
        defaults: values of a new record for fields that its row lacks.
    """

    record_type: RecordType
    columns: tuple[Column, ...]
    unmatched: list[str]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def fields(
        self, cells: Sequence[str], current: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the body of a row.

        Besides the fields of the record's own body it contains `id` if the row has one, and, for
        entities, `contact_points`, `identifiers` and `addresses`, if there are any.

        Args:
            cells: one cell per column.
            current: the record to update, in the form of the API's response: then nothing is
                derived that the row lacks (type, a name from an email address), and values without
                a field are added to its note instead of replacing it. None for a new record.

        Raises:
            ValidationFailedError: cells have values of the wrong form; it lists all of them.
        """
        found = list(self._cells(cells))
        errors: list[FieldError] = []
        body = _values(found, errors)
        remarks = self._parts(body, found, errors)
        if self.record_type == "lead":
            _require_single(found, errors)
        if errors:
            count = f"{len(errors)} cell{'s' if len(errors) > 1 else ''}"
            raise ValidationFailedError(f"{count} cannot be read.", errors)
        names = {cell.target.field: cell for cell in found if cell.target.role == "name"}
        if self.record_type == "entity":
            remarks = [*name_entity(body, names, current), *remarks]
        elif self.record_type == "lead":
            name_lead(body, names, current)
        _note(body, remarks, current)
        return body if current is not None else {**self.defaults, **body}

    def _cells(self, cells: Sequence[str]) -> Iterator[Cell]:
        for column, cell in zip(self.columns, cells, strict=True):
            if cell.strip():
                for target in column.targets:
                    yield Cell(column.name, target, unescape_formula(cell))

    def _parts(
        self, body: dict[str, Any], found: Sequence[Cell], errors: list[FieldError]
    ) -> list[str]:
        """Add the child items of an entity; return remarks about values that are none."""
        if self.record_type != "entity":
            return []
        placed = addresses(found)
        errors += placed.errors
        parts = {
            "contact_points": contact_points(found),
            "identifiers": identifiers(found),
            "addresses": placed.found,
        }
        body |= {name: some for name, some in parts.items() if some}
        return placed.remarks


def plan(
    record_type: RecordType,
    header: Sequence[str],
    mapping: Mapping[str, str | None],
    definitions: Iterable[Definition],
) -> Plan:
    """Match the columns of a file with fields.

    Args:
        record_type: the record type that the rows become.
        header: the names of the columns.
        mapping: column → field, by Brook's own names; null sets the column aside.
        definitions: the custom fields of the record type.

    Raises:
        ValidationFailedError: the mapping names a column that the file does not have, an unknown
            field, or one field twice.
    """
    matching = _Matching(record_type, header, definitions)
    matching.by_mapping(mapping)
    matching.by_own_names()
    matching.by_custom_names()
    if record_type in WORDS:
        matching.by_vocabularies()
    return matching.plan()


class _Matching:
    """The matching of columns, in progress."""

    def __init__(
        self, record_type: RecordType, header: Sequence[str], definitions: Iterable[Definition]
    ) -> None:
        self._record_type = record_type
        self._found: dict[str, list[Target]] = {name: [] for name in header}
        self._aside: set[str] = set()
        self._taken: set[tuple[str, str]] = set()
        self._reserved = {folded(name) for name in read_only(record_type)}
        self._exact: dict[str, Target] = {}
        self._named: dict[str, Target] = {}
        self._labelled: dict[str, Target] = {}
        for one in definitions:
            read = partial(custom, one.field_type, one.choices)
            target = Target("custom", CUSTOM + one.field_name, read)
            self._exact[CUSTOM + one.field_name] = target
            self._named.setdefault(folded(one.field_name), target)
            self._labelled.setdefault(folded(one.field_label), target)

    def by_mapping(self, mapping: Mapping[str, str | None]) -> None:
        errors: list[FieldError] = []
        for column, wanted in mapping.items():
            name = self._column(column)
            if name is None:
                errors.append(_unmappable(column, "is not a column of the file"))
            elif not wanted:
                self._aside.add(name)
            elif (target := self._target(name, wanted)) is None:
                errors.append(_unmappable(column, f'"{wanted[:100]}" is not a field'))
            elif not self._take(name, target):
                errors.append(_unmappable(column, f'"{wanted[:100]}" is filled by another column'))
        if errors:
            raise ValidationFailedError("The mapping does not fit the file.", errors)

    def by_own_names(self) -> None:
        for name in self._free():
            prefixed = folded(name).startswith(folded(CUSTOM) + " ")
            target = self._custom(name) if prefixed else own(self._record_type, folded(name))
            if target:
                self._take(name, target)

    def by_custom_names(self) -> None:
        for name in self._free():
            key = folded(name)
            target = self._named.get(key) or self._labelled.get(key)
            if target and key not in self._reserved:
                self._take(name, target)

    def by_vocabularies(self) -> None:
        by_name = {folded(name): name for name in reversed(self._found)}
        for field_name, words in WORDS[self._record_type].items():
            for word in words:
                name = by_name.get(folded(word))
                if name and self._take_word(name, field_name):
                    break
        if self._record_type == "entity":
            for name in self._free():
                if target := part(folded(name)):
                    self._take(name, target)
        self._drop_labels_of_nothing()

    def _drop_labels_of_nothing(self) -> None:
        labelled = {
            target.group
            for targets in self._found.values()
            for target in targets
            if target.role in ("contact_point", "address")
        }
        for name, targets in self._found.items():
            self._found[name] = [
                one for one in targets if one.role != "label" or one.group in labelled
            ]

    def plan(self) -> Plan:
        defaults: dict[str, Any] = {}
        if self._record_type == "entity":
            defaults["type"] = "organization" if self._names_organizations() else "contact"
        return Plan(
            self._record_type,
            tuple(Column(name, tuple(targets)) for name, targets in self._found.items()),
            list(self._free()),
            defaults,
        )

    def _names_organizations(self) -> bool:
        """Return whether the file lists companies: no column of it names a person."""
        fields = {("field", "name"), *(("name", piece) for piece in NAME_PIECES)}
        return ("name", "organization_name") in self._taken and not fields & self._taken

    def _take_word(self, name: str, field_name: str) -> bool:
        """Let a column fill a field; a column of a custom field can still provide a name."""
        naming = is_name(self._record_type, field_name)
        found = self._found[name]
        if name in self._aside or (found and not (naming and found[0].role == "custom")):
            return False
        target = (
            Target("name", field_name, kept=bool(found))
            if naming
            else own(self._record_type, folded(field_name))
        )
        return target is not None and self._take(name, target)

    def _take(self, name: str, target: Target) -> bool:
        key = (target.role, target.field)
        if target.role in SCALARS:
            if key in self._taken:
                return False
            self._taken.add(key)
        self._found[name].append(target)
        return True

    def _free(self) -> list[str]:
        return [n for n, targets in self._found.items() if not targets and n not in self._aside]

    def _column(self, wanted: str) -> str | None:
        """Return the column that a mapping names."""
        trimmed = wanted.strip()
        if trimmed in self._found:
            return trimmed
        same = [name for name in self._found if folded(name) == folded(trimmed)]
        return same[0] if len(same) == 1 else None

    def _target(self, column: str, wanted: str) -> Target | None:
        """Return the target of a field name in a mapping."""
        key = folded(wanted)
        if self._record_type == "entity" and key in map(folded, FALLBACK_NAMES):
            return Target("name", key.replace(" ", "_"))
        target = own(self._record_type, key)
        if target and target.role == "contact_point" and key == target.field:
            return replace(target, group=column)
        return target or self._custom(wanted) or self._named.get(key) or self._labelled.get(key)

    def _custom(self, name: str) -> Target | None:
        """Return the custom field of a name with the prefix."""
        exact = self._exact.get(name.strip().casefold())
        return exact or self._named.get(folded(name).removeprefix(folded(CUSTOM)).strip())


def _unmappable(column: str, message: str) -> FieldError:
    return FieldError(f"mapping.{column}"[:255], message)


def _values(found: Sequence[Cell], errors: list[FieldError]) -> dict[str, Any]:
    """Return the fields and custom fields of a body."""
    body: dict[str, Any] = {}
    custom_fields: dict[str, Any] = {}
    for cell in found:
        if cell.target.role not in ("field", "custom"):
            continue
        try:
            value = cell.target.read(cell.text)
        except ValueError as error:
            errors.append(FieldError(cell.target.field, str(error)))
            continue
        if cell.target.role == "custom":
            custom_fields[cell.target.field.removeprefix(CUSTOM)] = value
        else:
            body[cell.target.field] = value
    return {**body, "custom_fields": custom_fields} if custom_fields else body


def _require_single(found: Sequence[Cell], errors: list[FieldError]) -> None:
    """Reject several addresses or numbers: a lead has one of each, and would lose the others."""
    errors += [
        FieldError(cell.target.field, "holds several values, and a lead has one")
        for cell in found
        if cell.target.role == "field"
        and cell.target.field in ("email", "phone")
        and len(list(filter(None, pieces(cell.text)))) > 1
    ]


def _note(body: dict[str, Any], remarks: Sequence[str], current: Mapping[str, Any] | None) -> None:
    """Add remarks to the note, unless it contains them."""
    note = body.get("note") or (current or {}).get("note") or ""
    missing = [one for one in dict.fromkeys(remarks) if one not in note]
    if missing:
        body["note"] = "\n".join([*([note] if note else []), *missing])
