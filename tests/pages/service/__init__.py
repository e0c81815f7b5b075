"""The screens of the service operations."""
