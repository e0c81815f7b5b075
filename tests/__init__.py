"""Tests: they mirror services/ and pages/; house/ holds the rules of the code itself."""
