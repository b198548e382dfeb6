"""Map layers for folium: finished numbers, colours and words in, fresh folium objects out."""
