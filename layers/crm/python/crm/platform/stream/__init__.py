"""The records table's stream: what changed, handed on once per record and in order."""
