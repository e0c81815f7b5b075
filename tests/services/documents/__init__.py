"""What kinds of paper hold, check and offer."""
