"""Programs for maintainers and operators: the OpenAPI generator, and operations on a stack."""
