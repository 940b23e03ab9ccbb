"""Keys of both tables, and their access patterns.

Records table (`pk`, `sk`; stream of old and new images; no secondary index: it would be eventually
consistent, and only the search may lag behind a write)

| access pattern                 | pk                              | sk             | costs     |
|--------------------------------|---------------------------------|----------------|-----------|
| one record                     | ORG#<org>#<KIND>#<id>           | #              | 1 read    |
| child items of a record: file  | as the record                   | #<PART>#<name> | 1 query   |
| versions, pending uploads      |                                 |                |           |
| a page of a list               | ORG#<org>#LIST#<KIND>#<list>    | often an id    | 1 query,  |
|                                |                                 |                | 1 batch   |
| record with a unique value     | ORG#<org>#UNIQUE#<KIND>#<value> | #unique        | 1 read    |
| number of records of a kind    | ORG#<org>#COUNT#<KIND>#<group>  | count          | 1 write   |
| that has a limit               |                                 |                |           |
| number of references to a      | ORG#<org>#USES#<KIND>#<id>      | <using kind>   | 1 write   |
| record                         |                                 |                |           |
| admins of an organization      | ORG#<org>#ADMINS                | admins         | 1 read    |
| a user, their organizations    | USER#<user>                     | #, ORG#<org>   | 1 query   |
| rules that wait for dates      | WAITING                         | <org>#<rule>   | 1 query   |

The class of a record defines its lists (`Record.index_entries`): every document by status, by
creator and status, by team and visibility, ... The cost of a page of a list, or of a union or
intersection of lists, follows the size of the page (`dynamodb/lists.py`).

System table (`pk`, `sk`, `expires_on`; no stream: items about Brook's own work must not trigger
more work)

| access pattern                 | pk                              | sk             | costs     |
|--------------------------------|---------------------------------|----------------|-----------|
| records whose text has a gram  | ORG#<org>#GRAM#<KIND>#<gram>    | record id      | 1 query   |
| indexed text of a record       | ORG#<org>#INDEXED#<KIND>#<id>   | text           | 1 read    |
| history of a record            | ORG#<org>#HISTORY#<KIND>#<id>   | version        | 1 query   |
| aggregates from the stream: by | ORG#<org>#SUMS#<name>           | row            | 1 query   |
| stage of a board, by month     |                                 |                |           |
| contribution of a record       | ORG#<org>#SUMMED#<KIND>#<id>    | generation     | 1 read    |
| one webhook delivery           | ORG#<org>#DELIVERY#<id>         | delivery       | 1 read    |
| deliveries to an endpoint      | ORG#<org>#DELIVERIES#<endpoint> | sort key       | 1 query,  |
|                                |                                 |                | 1 batch   |
| actions and progress of an     | ORG#<org>#EXECUTION#<id>        | execution      | 1 read    |
| execution of a rule            |                                 |                |           |
| executions by rule, by record  | ORG#<org>#EXECUTIONS#<list>     | time and id    | 1 query,  |
|                                |                                 |                | 1 batch   |
| time up to which the dates of  | ORG#<org>#WAITED#<rule>         | until          | 1 read    |
| a rule have been processed     |                                 |                |           |
| round-robin state of a team    | ORG#<org>#TURN#<rule>           | action         | 1 read    |
| an import or an export         | ORG#<org>#JOB#<kind>#<id>       | job            | 1 read    |
| jobs of a user, or all jobs    | ORG#<org>#JOBS#<kind>#<list>    | id             | 1 page    |
| result of an import's row      | ORG#<org>#ROWS#<import>         | line           | 1 / chunk |
| records that an import matches | ORG#<org>#MATCHES#<import>      | field, digest  | 1 batch   |
| users that replace the people  | ORG#<org>#RESTORED              | archived id    | 1 query   |
| of a restored archive          |                                 |                |           |
| response to an idempotency key | ORG#<org>#IDEMPOTENCY#<user>    | <method and    | 1 write   |
|                                |                                 | path>#<key>    |           |
| deletion log: all of a kind,   | ORG#<org>#GONE#<KIND>           | <of>#<id>      | 1 query   |
| dependents of a record         |                                 |                |           |
| ids of an organization that is | ORG#<org>#ERASING               | <kind>#<id>    | 1 query   |
| being erased                   |                                 |                |           |
| pending erasures               | ERASING                         | <org>#<what>   | 1 query   |
| deleted organizations          | ERASED                          | <org>          | 1 read    |
| number of requests of a user   | RATE#<user>                     | minute         | 1 write / |
| per minute                     |                                 |                | 20        |
| the secret that signs cursors  | SIGNING                         | cursor         | 1, cached |

Each partition key of an organization begins with `ORG#<id>#`, closing delimiter included, so
that no key that a request can form reaches another organization, and an IAM condition on
`dynamodb:LeadingKeys` stays possible. Ids, user ids and list names cannot contain a `#`; free text
is at the end of its key, replaced by its digest if DynamoDB would refuse it as too long.
"""

import hashlib
from typing import NamedTuple

RECORD = "#"

NO_ORGANIZATION = "-"
"""Placeholder for the organization id outside of any organization."""

LONGEST_TEXT = 1024
"""Maximum bytes of an index name or a unique value in a key: DynamoDB accepts 2048 in all."""

LONGEST_SORT = 1024
"""Maximum bytes of a sort key in DynamoDB."""


class Key(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str


class RecordRef(NamedTuple):
    """A record of an organization, by its kind and id."""

    kind: str
    id: str


def organization_prefix(organization_id: str) -> str:
    return f"ORG#{organization_id}#"


def record(organization_id: str, kind: str, record_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}{kind.upper()}#{record_id}", RECORD)


def child_item(whole: Key, name: str, part_id: str) -> Key:
    """Return the key of a child item of a record, in the record's own partition."""
    return Key(whole.pk, f"#{name.upper()}#{part_id}")


def index_item(organization_id: str, kind: str, name: str, position: str) -> Key:
    """Return the key of a record's index item in a list."""
    pk = f"{organization_prefix(organization_id)}LIST#{kind.upper()}#{_fitting(name)}"
    return Key(pk, position)


def unique_constraint(organization_id: str, kind: str, value: str) -> Key:
    pk = f"{organization_prefix(organization_id)}UNIQUE#{kind.upper()}#{_fitting(value)}"
    return Key(pk, "#unique")


def count(organization_id: str, kind: str, group: str) -> Key:
    """Return the key of the number of records of a kind in a group that has a limit."""
    return Key(f"{organization_prefix(organization_id)}COUNT#{kind.upper()}#{group}", "count")


def reference_count(organization_id: str, kind: str, record_id: str, by: str) -> Key:
    """Return the key of the number of records of a kind (`by`) that refer to a record.

    The item also holds the data of the record that they need.
    """
    prefix = organization_prefix(organization_id)
    return Key(f"{prefix}USES#{kind.upper()}#{record_id}", by.upper())


def admins(organization_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}ADMINS", "admins")


def user(user_id: str) -> Key:
    return Key(f"USER#{user_id}", RECORD)


def user_organization(user_id: str, organization_id: str) -> Key:
    return Key(user(user_id).pk, f"ORG#{organization_id}")


def waiting(organization_id: str, rule_id: str) -> Key:
    """Return the key of a rule that waits for dates; the scheduled worker queries its partition."""
    return Key("WAITING", f"{organization_id}#{rule_id}")


def waited(organization_id: str, rule_id: str) -> Key:
    """Return the key of the time up to which the dates of a rule have been processed."""
    return Key(f"{organization_prefix(organization_id)}WAITED#{rule_id}", "until")


def gram(organization_id: str, kind: str, gram: str, record_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}GRAM#{kind.upper()}#{gram}", record_id)


def indexed(organization_id: str, kind: str, record_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}INDEXED#{kind.upper()}#{record_id}", "text")


def history(organization_id: str, kind: str, record_id: str, version: int) -> Key:
    pk = f"{organization_prefix(organization_id)}HISTORY#{kind.upper()}#{record_id}"
    return Key(pk, f"{version:010d}")


def aggregate(organization_id: str, name: str, row: str) -> Key:
    """Return the key of a row of aggregates, which are computed from the stream."""
    return Key(f"{organization_prefix(organization_id)}SUMS#{name}", row)


def summed(organization_id: str, kind: str, record_id: str, generation: str) -> Key:
    """Return the key of a record's contribution to the aggregates of a generation."""
    pk = f"{organization_prefix(organization_id)}SUMMED#{kind.upper()}#{record_id}"
    return Key(pk, generation)


def delivery(organization_id: str, delivery_id: str) -> Key:
    """Return the key of a webhook delivery."""
    return Key(f"{organization_prefix(organization_id)}DELIVERY#{delivery_id}", "delivery")


def delivery_entry(organization_id: str, endpoint_id: str, position: str) -> Key:
    """Return the key of a delivery's index item in the list of its endpoint."""
    return Key(f"{organization_prefix(organization_id)}DELIVERIES#{endpoint_id}", position)


def execution(organization_id: str, execution_id: str) -> Key:
    return Key(f"{organization_prefix(organization_id)}EXECUTION#{execution_id}", "execution")


def execution_entry(organization_id: str, name: str, position: str) -> Key:
    """Return the key of an execution's index item in a list."""
    return Key(f"{organization_prefix(organization_id)}EXECUTIONS#{name}", position)


def turn(organization_id: str, rule_id: str, action: int) -> Key:
    """Return the key of the round-robin state of an action that assigns records to a team."""
    return Key(f"{organization_prefix(organization_id)}TURN#{rule_id}", f"{action:02d}")


def job(organization_id: str, kind: str, job_id: str) -> Key:
    """Return the key of an import or an export."""
    return Key(f"{organization_prefix(organization_id)}JOB#{kind.upper()}#{job_id}", "job")


def job_entry(organization_id: str, kind: str, name: str, job_id: str) -> Key:
    """Return the key of a job's index item in a list."""
    return Key(f"{organization_prefix(organization_id)}JOBS#{kind.upper()}#{name}", job_id)


def import_row(organization_id: str, import_id: str, line: int) -> Key:
    """Return the key of the result of a processed row of an import."""
    return Key(f"{organization_prefix(organization_id)}ROWS#{import_id}", f"{line:010d}")


def import_match(organization_id: str, import_id: str, field: str, value: str) -> Key:
    """Return the key of the record that rows of an import match by this value of a field."""
    pk = f"{organization_prefix(organization_id)}MATCHES#{import_id}"
    return Key(pk, f"{field}#{hashlib.sha256(value.encode()).hexdigest()}")


def restored_person(organization_id: str, archived_id: str) -> Key:
    """Return the key of the user who replaces a person of a restored archive."""
    return Key(f"{organization_prefix(organization_id)}RESTORED", archived_id)


def idempotency(organization_id: str, user_id: str, route: str, key: str) -> Key:
    """Return the key of the response to an idempotency key.

    The items of a user in an organization share a partition, so that they can be erased.
    """
    pk = f"{organization_prefix(organization_id)}IDEMPOTENCY#{user_id}"
    sort = f"{route}#{key}"
    if len(sort.encode()) > LONGEST_SORT:
        sort = f"{route}#sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    return Key(pk, sort)


def deletion_log_line(
    organization_id: str, kind: str, record_id: str, of: RecordRef | None = None
) -> Key:
    """Return the key in the deletion log; `of` is the record it depended on, by kind and id."""
    about = "#".join((of[0].upper(), of[1])) if of else ""
    return Key(f"{organization_prefix(organization_id)}GONE#{kind.upper()}", f"{about}#{record_id}")


def inventory(organization_id: str, kind: str, thing_id: str) -> Key:
    """Return the key of an id of an organization being erased, by which its data is found."""
    return Key(f"{organization_prefix(organization_id)}ERASING", f"{kind.upper()}#{thing_id}")


def erasing(organization_id: str, what: str) -> Key:
    """Return the key of a pending erasure."""
    return Key("ERASING", f"{organization_id}#{what}")


def erased(organization_id: str) -> Key:
    """Return the key of the tombstone of a deleted organization."""
    return Key("ERASED", organization_id)


def rate(user_id: str, minute: int) -> Key:
    """Return the key of the number of requests of a user in a minute, in all organizations."""
    return Key(f"RATE#{user_id}", str(minute))


def _fitting(text: str) -> str:
    """Return a text in the form for keys: its digest if it is too long."""
    whole = text.encode()
    return text if len(whole) <= LONGEST_TEXT else f"sha256:{hashlib.sha256(whole).hexdigest()}"


CURSOR_SIGNING = Key("SIGNING", "cursor")


class RecordAddress(NamedTuple):
    """The components of a record's key, parsed from a stream or a queue."""

    organization_id: str
    kind: str
    record_id: str


def parse_record(key: Key) -> RecordAddress | None:
    """Parse the key of a record or of one of its child items; None for any other key."""
    pieces = key.pk.split("#")
    if len(pieces) != 4 or pieces[0] != "ORG" or not key.sk.startswith(RECORD):
        return None
    return RecordAddress(pieces[1], pieces[2].lower(), pieces[3])
