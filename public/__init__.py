"""What leaves the house: the self-contained awareness page, its share cards and its file tree."""
