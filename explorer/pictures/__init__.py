"""Pictures as files, uploads and arrays."""
