"""People and companies: contacts, organizations and accounts, with all that hangs on them."""
