"""Every key of both tables, and who asks for it.

Records table (`pk`, `sk`; stream of old and new images; no index: an index trails its table,
and only search may trail a write)

| who asks                       | pk                              | sk             | costs     |
|--------------------------------|---------------------------------|----------------|-----------|
| one record                     | ORG#<org>#<KIND>#<id>           | #              | 1 read    |
| a record's parts: versions of  | the record's                    | #<PART>#<name> | 1 query   |
| its file, pending uploads      |                                 |                |           |
| a page of a list               | ORG#<org>#LIST#<KIND>#<list>    | position, most | 1 query,  |
|                                |                                 | often an id    | 1 batch   |
| who holds a unique value       | ORG#<org>#UNIQUE#<KIND>#<value> | #unique        | 1 read    |
| how many records of a kind     | ORG#<org>#COUNT#<KIND>#<group>  | count          | 1 write   |
| there are, where it is limited |                                 |                |           |
| how many records point to one  | ORG#<org>#USES#<KIND>#<id>      | <using kind>   | 1 write   |
| an organization's admins       | ORG#<org>#ADMINS                | admins         | 1 read    |
| a user, their organizations    | USER#<user>                     | #, ORG#<org>   | 1 query   |
| rules that wait for dates      | WAITING                         | <org>#<rule>   | 1 query   |

The lists of a record are what its class says (`Record.lists`): every document by status, by
creator and status, by team and visibility, ... A page of one list, or of a union or intersection
of several, costs what the page holds (`store/lists.py`).

Bookkeeping table (`pk`, `sk`, `expires_on`; no stream: what Brook keeps about its own work must
not set off more work)

| who asks                       | pk                              | sk             | costs     |
|--------------------------------|---------------------------------|----------------|-----------|
| records whose text has a gram  | ORG#<org>#GRAM#<KIND>#<gram>    | record id      | 1 query   |
| what is indexed of a record    | ORG#<org>#INDEXED#<KIND>#<id>   | text           | 1 read    |
| the history of a record        | ORG#<org>#HISTORY#<KIND>#<id>   | version        | 1 query   |
| sums kept from the stream: of  | ORG#<org>#SUMS#<name>           | row            | 1 query   |
| a board's stages, of months    |                                 |                |           |
| what a record adds to them     | ORG#<org>#SUMMED#<KIND>#<id>    | generation     | 1 read    |
| one webhook delivery           | ORG#<org>#DELIVERY#<id>         | delivery       | 1 read    |
| the deliveries to an endpoint  | ORG#<org>#DELIVERIES#<endpoint> | position       | 1 query,  |
|                                |                                 |                | 1 batch   |
| what a rule did, and how far   | ORG#<org>#EXECUTION#<id>        | execution      | 1 read    |
| it has come                    |                                 |                |           |
| executions of a rule, because  | ORG#<org>#EXECUTIONS#<list>     | when, and id   | 1 query,  |
| of a record                    |                                 |                | 1 batch   |
| up to when a rule's dates have | ORG#<org>#WAITED#<rule>         | until          | 1 read    |
| been looked through            |                                 |                |           |
| whose turn it is in a team     | ORG#<org>#TURN#<rule>           | action         | 1 read    |
| an import or an export         | ORG#<org>#JOB#<kind>#<id>       | job            | 1 read    |
| those of a user, or all        | ORG#<org>#JOBS#<kind>#<list>    | id             | 1 page    |
| a row of an import, once done  | ORG#<org>#ROWS#<import>         | line           | 1 / chunk |
| what an import's rows match    | ORG#<org>#MATCHES#<import>      | field, digest  | 1 batch   |
| who the people of an archive   | ORG#<org>#RESTORED              | archived id    | 1 query   |
| are in the organization        |                                 |                |           |
| the answer to an               | ORG#<org>#IDEMPOTENCY#<user>    | <method and    | 1 write   |
| Idempotency-Key                |                                 | path>#<key>    |           |
| records that are gone: all of  | ORG#<org>#GONE#<KIND>           | <of>#<id>      | 1 query   |
| a kind, those about a record   |                                 |                |           |
| what an organization had that  | ORG#<org>#ERASING               | <kind>#<id>    | 1 query   |
| is being erased                |                                 |                |           |
| the erasures that are not done | ERASING                         | <org>#<what>   | 1 query   |
| organizations that are no more | ERASED                          | <org>          | 1 read    |
| how many requests a user has   | RATE#<user>                     | minute         | 1 write / |
| made in a minute               |                                 |                | 20        |
| the secret that signs cursors  | SIGNING                         | cursor         | 1, cached |

Each partition key of an organization begins with `ORG#<id>#`, closing delimiter included, so
that no key which a request can form reaches another organization, and an IAM condition on
`dynamodb:LeadingKeys` stays possible. Ids, user ids and list names cannot hold a `#`; free text
stands at the end of its key, or its digest where DynamoDB would refuse it as too long.
"""

import hashlib
from typing import NamedTuple

RECORD = "#"

NO_ORGANIZATION = "-"
"""Stands for an organization where there is none."""

LONGEST_TEXT = 1024
"""Bytes of a list's name or a unique value that stand in a key: DynamoDB takes 2048 in all."""

LONGEST_SORT = 1024
"""Bytes of a sort key, as DynamoDB takes them."""


class Key(NamedTuple):
    """Primary key of an item."""

    pk: str
    sk: str


def organization_prefix(organization_id: str) -> str:
    return f"ORG#{organization_id}#"


def record(organization_id: str, kind: str, record_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}{kind.upper()}#{record_id}", RECORD)


def part(whole: Key, name: str, part_id: str) -> Key:
    """A part of a record, in the record's own partition."""
    return Key(whole.pk, f"#{name.upper()}#{part_id}")


def entry(organization_id: str, kind: str, name: str, position: str) -> Key:
    """The entry of a record in a list."""
    pk = f"{organization_prefix(organization_id)}LIST#{kind.upper()}#{_fitting(name)}"
    return Key(pk, position)


def unique(organization_id: str, kind: str, value: str) -> Key:
    pk = f"{organization_prefix(organization_id)}UNIQUE#{kind.upper()}#{_fitting(value)}"
    return Key(pk, "#unique")


def count(organization_id: str, kind: str, group: str) -> Key:
    """How many records of a kind there are in a group that has a limit."""
    return Key(f"{organization_prefix(organization_id)}COUNT#{kind.upper()}#{group}", "count")


def uses(organization_id: str, kind: str, record_id: str, by: str) -> Key:
    """How many records of a kind (`by`) point to a record, and what they need to know of it."""
    prefix = organization_prefix(organization_id)
    return Key(f"{prefix}USES#{kind.upper()}#{record_id}", by.upper())


def admins(organization_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}ADMINS", "admins")


def user(user_id: str) -> Key:
    return Key(f"USER#{user_id}", RECORD)


def user_organization(user_id: str, organization_id: str) -> Key:
    return Key(user(user_id).pk, f"ORG#{organization_id}")


def waiting(organization_id: str, rule_id: str) -> Key:
    """That an organization's rule waits for dates: what looks after the clock finds it here."""
    return Key("WAITING", f"{organization_id}#{rule_id}")


def waited(organization_id: str, rule_id: str) -> Key:
    """How far the dates that a rule waits for have been looked through."""
    return Key(f"{organization_prefix(organization_id)}WAITED#{rule_id}", "until")


def gram(organization_id: str, kind: str, gram: str, record_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}GRAM#{kind.upper()}#{gram}", record_id)


def indexed(organization_id: str, kind: str, record_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}INDEXED#{kind.upper()}#{record_id}", "text")


def history(organization_id: str, kind: str, record_id: str, version: int) -> Key:
    pk = f"{organization_prefix(organization_id)}HISTORY#{kind.upper()}#{record_id}"
    return Key(pk, f"{version:010d}")


def sums(organization_id: str, name: str, row: str) -> Key:
    """One row of sums that are kept from the stream."""
    return Key(f"{organization_prefix(organization_id)}SUMS#{name}", row)


def summed(organization_id: str, kind: str, record_id: str, generation: str) -> Key:
    """What a record adds to the sums of a generation."""
    pk = f"{organization_prefix(organization_id)}SUMMED#{kind.upper()}#{record_id}"
    return Key(pk, generation)


def delivery(organization_id: str, delivery_id: str) -> Key:
    """A webhook delivery."""
    return Key(f"{organization_prefix(organization_id)}DELIVERY#{delivery_id}", "delivery")


def delivery_entry(organization_id: str, endpoint_id: str, position: str) -> Key:
    """The entry of a delivery in the list of its endpoint's."""
    return Key(f"{organization_prefix(organization_id)}DELIVERIES#{endpoint_id}", position)


def execution(organization_id: str, execution_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}EXECUTION#{execution_id}", "execution")


def execution_entry(organization_id: str, name: str, position: str) -> Key:
    """The entry of an execution in a list of them."""
    return Key(f"{organization_prefix(organization_id)}EXECUTIONS#{name}", position)


def turn(organization_id: str, rule_id: str, action: int) -> Key:
    """Whose turn it is in a team that an action of a rule gives records to."""
    return Key(f"{organization_prefix(organization_id)}TURN#{rule_id}", f"{action:02d}")


def job(organization_id: str, kind: str, job_id: str) -> Key:
    """An import or an export."""
    return Key(f"{organization_prefix(organization_id)}JOB#{kind.upper()}#{job_id}", "job")


def job_entry(organization_id: str, kind: str, name: str, job_id: str) -> Key:
    """The entry of a job in a list of them."""
    return Key(f"{organization_prefix(organization_id)}JOBS#{kind.upper()}#{name}", job_id)


def import_row(organization_id: str, import_id: str, line: int) -> Key:
    """That a row of an import has been done, and how."""
    return Key(f"{organization_prefix(organization_id)}ROWS#{import_id}", f"{line:010d}")


def import_match(organization_id: str, import_id: str, field: str, value: str) -> Key:
    """The record that rows of an import match by this value of a field."""
    pk = f"{organization_prefix(organization_id)}MATCHES#{import_id}"
    return Key(pk, f"{field}#{hashlib.sha256(value.encode()).hexdigest()}")


def restored_person(organization_id: str, archived_id: str) -> Key:
    """Who a person of the archive that an organization is restored from is here."""
    return Key(f"{organization_prefix(organization_id)}RESTORED", archived_id)


def idempotency(organization_id: str, user_id: str, route: str, key: str) -> Key:
    """The answer to a key. All of a user in an organization stand together, to be erased."""
    pk = f"{organization_prefix(organization_id)}IDEMPOTENCY#{user_id}"
    sort = f"{route}#{key}"
    if len(sort.encode()) > LONGEST_SORT:
        sort = f"{route}#sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    return Key(pk, sort)


def gone(organization_id: str, kind: str, record_id: str, of: tuple[str, str] | None = None) -> Key:
    """That there was a record; `of` is what it was about, by kind and id, if anything."""
    about = "#".join((of[0].upper(), of[1])) if of else ""
    return Key(f"{organization_prefix(organization_id)}GONE#{kind.upper()}", f"{about}#{record_id}")


def had(organization_id: str, kind: str, thing_id: str) -> Key:
    """That an organization that is being erased had something, which other things are found by."""
    return Key(f"{organization_prefix(organization_id)}ERASING", f"{kind.upper()}#{thing_id}")


def erasing(organization_id: str, what: str) -> Key:
    """An erasure that is not done."""
    return Key("ERASING", f"{organization_id}#{what}")


def erased(organization_id: str) -> Key:
    """That an organization is no more."""
    return Key("ERASED", organization_id)


def rate(user_id: str, minute: int) -> Key:
    """How many requests a user has made in a minute, in all organizations together."""
    return Key(f"RATE#{user_id}", str(minute))


def _fitting(text: str) -> str:
    """A text as it stands in a key: of one that is too long, the digest."""
    whole = text.encode()
    return text if len(whole) <= LONGEST_TEXT else f"sha256:{hashlib.sha256(whole).hexdigest()}"


CURSOR_SIGNING = Key("SIGNING", "cursor")


class RecordAddress(NamedTuple):
    """What a record's key says, read back from a stream or a queue."""

    organization_id: str
    kind: str
    record_id: str


def parse_record(key: Key) -> RecordAddress | None:
    """The address in the key of a record, or of one of its parts; None for any other key."""
    pieces = key.pk.split("#")
    if len(pieces) != 4 or pieces[0] != "ORG" or not key.sk.startswith(RECORD):
        return None
    return RecordAddress(pieces[1], pieces[2].lower(), pieces[3])
