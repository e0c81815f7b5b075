"""Setting up: people and their rights, the tables behind the forms."""
