"""A kind of records that Brook does not have: what a new kind needs, and nothing else.

`schemas`, `service` and `archive` are a kind's package in the layer, `handler` is its function, and
`registration` stands for its entry in the registry.
"""
