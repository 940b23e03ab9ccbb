"""What a list costs, by the capacity that DynamoDB says was consumed.

The list runs in the test's own process against the engine, in tables of its own: ten thousand
documents would keep the stack's projections busy for minutes. DynamoDB works out each figure
from the bytes that it has evaluated, so the figures do not depend on the machine.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.access import Caller
from crm.documents import service
from crm.documents.schemas import Document, DocumentQuery
from crm.search import index
from crm.store.lists import Slice, take
from crm.store.table import BOOKKEEPING, connection
from local.process import StackProcess
from tests.integration.client import new_id
from tests.integration.layer import batches, document, layer, posting_items, tables, write

SIZES = (100, 1_000, 10_000)
TOLERANCE = 0.2
START = datetime(2025, 1, 1, tzinfo=UTC)
TEAMS = [new_id() for _ in range(3)]
ADMIN = "admin"
MEMBER = "member"
