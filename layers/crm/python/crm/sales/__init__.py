"""Record kinds of a CRM (entities, cases, pipelines, deals, leads), and reports on them.

A module here imports `crm.related` and the floors below it.
"""
