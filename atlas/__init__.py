"""Features, a folder each, with the words, tables and templates that they share."""
