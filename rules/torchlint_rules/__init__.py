"""The built-in rules of torchlint: one file each, found through the entry point `torchlint.rules`."""
