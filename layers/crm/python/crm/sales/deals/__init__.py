"""Deals: possible sales, each in a stage of a pipeline."""
