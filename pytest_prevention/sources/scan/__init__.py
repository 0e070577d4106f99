"""Links by static scan: syntax trees only, nothing is imported."""
