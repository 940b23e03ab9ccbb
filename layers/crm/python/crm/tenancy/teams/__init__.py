"""Teams: whom a record can be shared with."""
