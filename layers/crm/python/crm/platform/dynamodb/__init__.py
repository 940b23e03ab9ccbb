"""The single table: keys, records, lists and transactions. It knows no HTTP."""
