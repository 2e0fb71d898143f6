"""One folder per tab."""
