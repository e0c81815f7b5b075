"""Where the money is: every yuan reserved, released and spent, by month, department and category."""
