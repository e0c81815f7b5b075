"""Screens about complaints: the register, and how fast cases are handled."""
