"""What AWS asks for calls, on demand in us-east-1, in US dollars. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.recording import Call

WRITE_UNIT, READ_UNIT = 0.625 / 1e6, 0.125 / 1e6
S3_WRITE, S3_READ = 0.005 / 1e3, 0.0004 / 1e3
SQS_REQUEST = 0.40 / 1e6
API_REQUEST = 1.00 / 1e6
"""An HTTP API's, up to 512 KB."""

INVOCATION = 0.20 / 1e6
GIGABYTE_SECOND = 0.0000133334
"""Lambda on arm64."""

WHOLE_PROCESSOR = 1769 / 1024
"""Gigabytes of memory with which Lambda gives one. A function with less has less of the processor
and takes longer, so a second of computing costs the same."""

WAIT_SECONDS = 0.010
"""How long a call of DynamoDB is assumed to take on AWS."""

TABLE_GIGABYTE, BACKUP_GIGABYTE = 0.25, 0.20
"""A month's, of DynamoDB and of what lets it be put back to any second."""

FILE_GIGABYTE = 0.023
LOG_GIGABYTE = 0.50

_FREE = {"DeleteObject", "AbortMultipartUpload"}
_READS = {"GetObject", "HeadObject"}


@dataclass(frozen=True)
class Spending:
    """What some work calls, and how long it computes.

    Attributes:
        calls: the calls.
        processor: seconds of computing.
        waiting: seconds of waiting for DynamoDB, as they are assumed.
        memory: gigabytes of the function.
    """

    calls: Sequence[Call]
    processor: float
    waiting: float
    memory: float

    @property
    def write_units(self) -> float:
        return sum((one.write_units for one in self.calls), 0.0)

    @property
    def read_units(self) -> float:
        return sum((one.read_units for one in self.calls), 0.0)

    @property
    def database_dollars(self) -> float:
        return self.write_units * WRITE_UNIT + self.read_units * READ_UNIT

    @property
    def function_dollars(self) -> float:
        """As if nothing was waited for while something else computes."""
        return GIGABYTE_SECOND * (self.processor * WHOLE_PROCESSOR + self.waiting * self.memory)

    @property
    def request_dollars(self) -> float:
        stored = [one.operation for one in self.calls if one.service == "s3"]
        reads = sum(operation in _READS for operation in stored)
        writes = sum(operation not in _READS | _FREE for operation in stored)
        sent = sum(one.service == "sqs" for one in self.calls)
        return reads * S3_READ + writes * S3_WRITE + sent * SQS_REQUEST
