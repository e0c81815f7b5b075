"""The screens of travel and expenses."""
