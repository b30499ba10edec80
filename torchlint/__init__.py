"""torchlint finds the mistakes that make PyTorch training quietly learn less than it should."""

__version__ = "0.1.0"
