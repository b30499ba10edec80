"""What a value can be on paper, and what joining two of them keeps."""
