"""Brook CRM's domain layer: what a record is, who may touch it and how it is kept."""
