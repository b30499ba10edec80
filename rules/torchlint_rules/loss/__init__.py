"""What the loss is given: the range of the prediction, and the order of the arguments."""
