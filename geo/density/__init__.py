"""The modelled density: counts spread over places, smoothed, cut into isopleths."""
