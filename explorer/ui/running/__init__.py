"""What is shown of work that runs: how far it is, and Cancel."""
