"""The only place that touches files, processes and git. Each module reads one thing and gives a value of the model."""
