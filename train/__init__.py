"""Training: `python -m train` lists the variants, `python -m train <variant>` trains one."""
