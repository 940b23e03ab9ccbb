"""Archives of organizations, as each kind sees them: its lines, and what is restored with them."""
