"""Tables of text: reading CSV files into what the API takes, and writing its answers as CSV."""
