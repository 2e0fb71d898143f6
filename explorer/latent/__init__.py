"""Points of latent space."""
