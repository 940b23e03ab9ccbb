"""The OpenAPI document, and a page to read it, out of the routes that the functions really have."""
