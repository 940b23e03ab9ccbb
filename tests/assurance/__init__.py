"""Machines that try to break what Brook promises, and what they found.

Each has a short run among the tests and a long one, `python -m tests.assurance.<machine>`, that
keeps its figures here; `docs/assurance.md` is written from them.
"""
