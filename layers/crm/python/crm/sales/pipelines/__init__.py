"""Pipelines: the stages that deals move through."""
