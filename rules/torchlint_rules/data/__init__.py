"""What the model is fed: loaders, their order, and the transforms in front of them."""
