"""What Process actions rest on: documents, and what holds people to them."""
