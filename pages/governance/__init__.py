"""Pages of governance: who is due to be trained, scorecards, inspections."""
