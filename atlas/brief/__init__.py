"""The brief of one department."""
