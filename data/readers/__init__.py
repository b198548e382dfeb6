"""Read files from outside: detect their kind and return their rows; never run their content."""
