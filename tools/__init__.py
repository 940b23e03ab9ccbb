"""Programs for maintainers and operators: the OpenAPI generator, and work on a running stack."""
