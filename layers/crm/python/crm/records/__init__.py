"""Records with an owner: entities, deals, activities, leads and cases.

This package holds what these kinds share: permissions, the lists of a record, and the conditions
on its owner and teams at each write. A kind adds its fields, the
`list_partition` of its lists, and further lists for its filters.
"""
