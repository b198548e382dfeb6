"""Files that an organisation brings: read in a child process, judged row by row."""
