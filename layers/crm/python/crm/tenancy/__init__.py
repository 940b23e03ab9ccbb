"""Organizations, their members and teams, and the permissions of each caller.

A module here imports `crm.platform`.
"""
