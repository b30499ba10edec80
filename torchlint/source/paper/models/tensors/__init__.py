"""What is known of tensors on paper: ranges, shapes, graphs, losses and sums of them."""
