"""The single table: keys, records, lists and transactions. Independent of HTTP."""
