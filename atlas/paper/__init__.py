"""What leaves as a file: brief, picture, GeoJSON."""
