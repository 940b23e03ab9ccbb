"""Right to erasure (GDPR): erases whole organizations and single persons."""
