"""Data derived from records, kept up to date by the records table's stream.

`handlers` is the table of event and record kind to what follows. A module here may import every
other floor but `crm.http`.
"""
