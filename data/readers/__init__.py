"""Files from outside: what they are, and their rows; nothing in them is run."""
