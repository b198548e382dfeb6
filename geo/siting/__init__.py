"""Choosing outreach sites: four models, how sure, what else."""
