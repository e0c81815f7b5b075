"""Attempts to get round a rule; each must fail."""
