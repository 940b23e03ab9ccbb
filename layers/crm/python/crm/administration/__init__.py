"""Work on all data of an organization: tenants, imports, exports, archives, erasure.

A module here imports `crm.workflows` and the floors below it.
"""
