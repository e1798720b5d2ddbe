"""The room where networks are built, trained, kept; the only one that wakes TensorFlow."""
