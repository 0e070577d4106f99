"""The prevention backlog: Markdown tables to actions, and its canonical form."""
