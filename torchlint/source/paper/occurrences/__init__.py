"""What detectors are told of as a program is run on paper: each kind of occurrence is a class."""
