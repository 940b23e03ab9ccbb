"""What a thousand requests are, where a sales team works with a front end of its own."""

from collections.abc import Mapping

MIX: Mapping[str, int] = {
    "GET /api/me": 30,
    "GET /api/entities (first page)": 80,
    "GET /api/entities (by contact point)": 30,
    "GET /api/entities/<entity_id> (with 16 parts)": 100,
    "GET /api/deals (first page)": 80,
    "GET /api/deals (next page)": 20,
    "GET /api/deals/<deal_id>": 100,
    "GET /api/pipelines/<pipeline_id>/board (mine)": 40,
    "GET /api/activities (worklist)": 80,
    "GET /api/activities (about a deal)": 50,
    "GET /api/timeline (of a deal)": 50,
    "GET /api/documents (first page)": 40,
    "GET /api/documents/<document_id> (shared with two teams)": 20,
    "GET /api/documents/<document_id>/file": 20,
    "GET /api/attachments (of a deal)": 30,
    "GET /api/reports/forecast (all pipelines)": 10,
    "GET /api/notifications (unread)": 40,
    "POST /api/entities (shared with two teams)": 15,
    "PATCH /api/entities/<entity_id> (name)": 20,
    "POST /api/entities/<entity_id>/contact-points": 10,
    "POST /api/deals (shared with two teams)": 15,
    "PATCH /api/deals/<deal_id> (name)": 25,
    "POST /api/deals/<deal_id>/move (open)": 20,
    "POST /api/activities (about a deal)": 40,
    "PATCH /api/activities/<activity_id> (completed)": 20,
    "POST /api/documents (shared with two teams)": 5,
    "POST /api/leads": 5,
    "POST /api/cases": 5,
}
"""Scenarios by their titles, and how many of a thousand requests are such."""

BEHIND: Mapping[str, int] = {"uploads: a file arrives": 5}
"""What is set off by something else than the stream: a file for each document."""
