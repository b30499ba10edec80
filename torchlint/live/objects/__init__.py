"""What the objects of a run are: layers, loaders, losses, tensors and their graphs."""
