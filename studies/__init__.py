"""Studies behind the choice of method: run by hand, their pages are kept in docs/."""
