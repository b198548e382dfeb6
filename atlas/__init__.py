"""What people use, a folder each; words, tables and templates beside them."""
