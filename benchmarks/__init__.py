"""What is fast, measured against the plain way in one run: `python -m benchmarks.<name>`.

Only the ratios mean anything: both sides run in turns on the same machine.
"""
