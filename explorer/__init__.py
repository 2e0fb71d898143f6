"""The page, the API and the MCP tools that let people play with the models of the zoo."""

import os

# Gradio reads this when it is imported: the page reports nothing to anyone.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Before torch is imported: threads that wait for each other without rest take the cores from other visitors' work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
