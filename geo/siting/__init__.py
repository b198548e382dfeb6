"""Choosing outreach sites: two models, how stable a plan is, and what another number of sites would
cover.
"""
