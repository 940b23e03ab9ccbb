"""Records that belong to other records: activities, documents, attachments, and their deletion.

A module here imports `crm.records` and the floors below it.
"""
