"""Deals: business on its way through the stages of a pipeline."""
