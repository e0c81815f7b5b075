"""Screens of service operations."""
