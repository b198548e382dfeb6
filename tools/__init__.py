"""Tools of those who change the atlas."""
