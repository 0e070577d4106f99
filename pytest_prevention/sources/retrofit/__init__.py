"""The work list for one module: its functions, what tests execute of them, and which of them fixes touched."""
