"""The OpenAPI document as one page of HTML, without scripts and external files."""
