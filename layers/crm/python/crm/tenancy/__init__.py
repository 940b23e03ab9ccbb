"""Organizations, their members and teams, and what each caller may see and change.

A module here imports `crm.platform`.
"""
