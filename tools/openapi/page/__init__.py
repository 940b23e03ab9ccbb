"""The OpenAPI document as one page of HTML: nothing to fetch, nothing to run."""
