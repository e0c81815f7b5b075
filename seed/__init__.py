"""What the portal starts with: the demonstration company and its year, and the policies' clauses."""
