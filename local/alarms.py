"""Makes the engine accept alarms over expressions of several metrics.

The engine stores alarms, but has no metrics of most services, and rejects an alarm over an
expression. Such an alarm is stored as one of a metric that is never written.
"""

import importlib
from typing import Any

NAMESPACE = "Brook/Expressions"


def install() -> None:
    provisioners: Any = importlib.import_module("ministack.services.cloudformation.provisioners")
    record = provisioners._cw_metric_alarm_record

    def record_any(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        metrics = properties.get("Metrics")
        if metrics:
            kept = {key: value for key, value in properties.items() if key != "Metrics"}
            expression = next(one["Expression"] for one in metrics if "Expression" in one)
            properties = {**kept, "Namespace": NAMESPACE, "MetricName": expression}
        found: dict[str, Any] = record(name, properties)
        return found

    provisioners._cw_metric_alarm_record = record_any
