"""Screens of the service operations."""
