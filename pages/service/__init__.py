"""Screens of the service operations."""

"""Screens of service operations."""
