"""Documents: files with a title that can be shared with teams."""
