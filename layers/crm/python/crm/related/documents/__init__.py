"""Documents: files with a title, shared with teams."""
