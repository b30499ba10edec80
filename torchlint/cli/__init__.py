"""The commands: configuration, discovery, suppressions and the order of work."""
