"""Documents that came back -> tuples of Python values."""
