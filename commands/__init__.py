"""The commands of cli.py, one file each; every file has `register(app)`."""
