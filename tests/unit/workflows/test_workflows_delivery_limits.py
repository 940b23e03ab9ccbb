"""Limits of AWS's schedules and mails that the embedded engine does not have."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from crm.platform import clock
from crm.platform.errors import ConflictError
from crm.workflows.engine import email, schedules

NOW = datetime(2026, 12, 1, 10, 0, 0, tzinfo=UTC)


class Recorder:
    """A client that records its calls, or fails with an error code."""

    def __init__(self, code: str | None = None, status: int = 400) -> None:
        self.sent: list[dict[str, Any]] = []
        self._code, self._status = code, status

    def _call(self, **arguments: Any) -> None:
        self.sent.append(arguments)
        if self._code:
            metadata = {"HTTPStatusCode": self._status}
            answer: Any = {"Error": {"Code": self._code}, "ResponseMetadata": metadata}
            raise ClientError(answer, "Send")

    create_schedule = send_email = _call


@pytest.mark.parametrize(
    ("seconds", "at"),
    [(-60, "10:01:00"), (0, "10:01:00"), (59, "10:01:00"), (61, "10:01:01"), (3600, "11:00:00")],
)
def test_a_schedule_is_at_least_a_minute_from_now(
    monkeypatch: pytest.MonkeyPatch, seconds: int, at: str
) -> None:
    """EventBridge Scheduler refuses a time in the past: a late rule with a short delay."""
    recorder = Recorder()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(schedules, "_client", lambda: recorder)
    for name in ("SCHEDULE_GROUP", "TIMERS_FUNCTION_ARN", "SCHEDULER_ROLE_ARN"):
        monkeypatch.setenv(name, "x")
    schedules.set_off("organization", "execution", 0, NOW + timedelta(seconds=seconds))
    assert recorder.sent[0]["ScheduleExpression"] == f"at(2026-12-01T{at})"


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("TooManyRequestsException", 429, ClientError),
        ("LimitExceededException", 400, ClientError),
        ("ThrottlingException", 400, ClientError),
        ("InternalServiceError", 500, ClientError),
        ("MessageRejected", 400, ConflictError),
        ("AccessDeniedException", 403, ConflictError),
    ],
)
def test_a_throttled_mail_can_be_sent_later(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int, error: type[Exception]
) -> None:
    monkeypatch.setenv("EMAIL_SENDER", "brook@example.com")
    monkeypatch.setattr(email, "_client", lambda: Recorder(code, status))
    with pytest.raises(error):
        email.send("ada@example.com", "Subject", "Body")
