"""Choose outreach sites: models of cover and distance, stability of a plan, numbers of sites."""
