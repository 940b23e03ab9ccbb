"""What must be true together when a record of an archive is written: one module for each kind."""
