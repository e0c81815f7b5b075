"""The rules of the house, asked of every file, so that the next one is asked too."""
