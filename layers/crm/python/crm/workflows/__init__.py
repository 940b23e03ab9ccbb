"""Workflow rules: their definition (`rules`) and their execution (`engine`).

A module here imports `crm.sales` and the layers below it.
"""
