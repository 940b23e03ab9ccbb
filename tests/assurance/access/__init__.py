"""What each function's role lets it do, and what it does not, tried on an engine that enforces it.

`python -m tests.assurance.access` tries every operation that the SDK has for the services that
Brook uses, and those that it had better never reach, in every role.
"""
