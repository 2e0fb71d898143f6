"""From a run to a model of the zoo."""
