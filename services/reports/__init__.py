"""What managers look at: figures gathered from balances, tasks and papers, never typed by anyone."""
