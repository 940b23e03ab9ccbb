"""Erases the data of rules, webhook endpoints and jobs, including their pending work."""

from collections.abc import Sequence

from crm.administration.erasure import queue
from crm.administration.erasure.batches import Deadline, delete_partition, keys_of, pages
from crm.administration.erasure.schemas import Erasure
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import LOWEST
from crm.platform.dynamodb.queries import record_id_of, record_ids_of
from crm.platform.dynamodb.table import RECORDS, SYSTEM
from crm.workflows.engine import execution_deletion, executions


def erase_rule(organization_id: str, rule_id: str, deadline: Deadline) -> None:
    """Erase the executions of a rule and cancel its scheduled actions; safe to repeat.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    RECORDS.delete(keys.waiting(organization_id, rule_id))
    pk = keys.execution_entry(organization_id, f"RULE#{rule_id}", LOWEST).pk
    for entries in pages(SYSTEM, pk, deadline):
        _erase_executions(organization_id, entries)
        SYSTEM.batch_write([], keys_of(entries))
    delete_partition(SYSTEM, keys.turn(organization_id, rule_id, 0).pk, deadline)
    SYSTEM.delete(keys.waited(organization_id, rule_id))


def erase_endpoint(organization_id: str, endpoint_id: str, deadline: Deadline) -> None:
    """Erase the deliveries of an endpoint, made or pending; safe to repeat.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    pk = keys.delivery_entry(organization_id, endpoint_id, LOWEST).pk
    for entries in pages(SYSTEM, pk, deadline):
        found = [keys.delivery(organization_id, one) for one in record_ids_of(entries)]
        SYSTEM.batch_write([], found)
        SYSTEM.batch_write([], keys_of(entries))


def erase_job(organization_id: str, kind: str, job_id: str, deadline: Deadline) -> None:
    """Erase a job, and of an import also its row items; safe to repeat.

    Its files, in the bucket, are not erased here.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    if kind == "import":
        delete_partition(SYSTEM, keys.import_row(organization_id, job_id, 0).pk, deadline)
        delete_partition(SYSTEM, keys.import_match(organization_id, job_id, "", "").pk, deadline)
    job = keys.job(organization_id, kind, job_id)
    found = SYSTEM.get(job)
    if found is not None:
        if kind == Erasure.KIND:
            queue.settle(Erasure.from_item(found).message)
        SYSTEM.delete(keys.job_entry(organization_id, kind, found["created_by"], job_id))
        SYSTEM.delete(job)


def _erase_executions(organization_id: str, entries: Sequence[Item]) -> None:
    """Erase a page of a rule's executions and their index items in the lists of records."""
    positions = {record_id_of(entry): str(entry["sk"]) for entry in entries}
    found = executions.find_many(organization_id, positions)
    for execution in found.values():
        execution_deletion.call_off(execution)
    listed = [
        Key(executions.of_record_pk(organization_id, one.record), positions[one.id])
        for one in found.values()
    ]
    deleted = [keys.execution(organization_id, one) for one in positions]
    SYSTEM.batch_write([], [*listed, *deleted])
