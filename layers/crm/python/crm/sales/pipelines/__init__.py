"""Pipelines: the stages that deals move through, and the board that shows them."""
