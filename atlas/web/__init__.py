"""The server: entry, headers, tiers, uploads, shared components."""
