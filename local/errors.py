class LocalStackError(Exception):
    """Something the reader can put right; shown as one line, without a traceback."""
