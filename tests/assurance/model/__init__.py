"""Histories of requests with faults below the store, compared with a plain model in memory.

Each history is an organization of its own: three members and an admin make, change, move, convert,
merge, share and delete, and now and then the store below them refuses, loses an answer, or the
worker dies. `machine` draws the steps, `state` says what the contract makes of them, `injector`
breaks things, `recount` compares what is derived with a count made anew.
"""
