"""The budget's screens."""
