"""`python -m torchlint`, the same as the command."""

from torchlint.cli.main import run

if __name__ == "__main__":
    run()
