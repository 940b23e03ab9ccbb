"""Records with an owner: entities now, deals, activities, leads and cases as they arrive.

What such a kind has in common stands here once: who sees and changes it, the lists that it is
in, what must be true of its owner and teams when it is written. A kind adds its fields, the
`tile` that its lists are cut by, and further lists for its filters.
"""
