"""Make files to take away: brief, picture, GeoJSON."""
