"""The budget: how it burns, and what was stopped by it."""
