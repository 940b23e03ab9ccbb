"""Work of an operator on a running stack, local or on AWS: recount, redrive, rescue, users."""
