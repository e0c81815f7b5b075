"""Measurements anybody can repeat: `python3 manage.py bench`."""
