"""The screens for setting up."""
