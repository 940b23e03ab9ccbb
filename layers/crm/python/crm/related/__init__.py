"""Records that depend on other records: activities, documents, attachments; and the cascade.

A module here imports `crm.records` and the layers below it.
"""
