"""Generates the OpenAPI document, and its HTML page, from the routes of the functions."""
