"""The screens, run as they are served."""
