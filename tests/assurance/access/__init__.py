"""Tries the granted and the refused actions of each role on an engine that enforces policies.

`python -m tests.assurance.access` tries every operation that the SDK has for the services that
Brook uses, and those that it had better never reach, in every role.
"""
