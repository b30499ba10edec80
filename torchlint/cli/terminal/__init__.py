"""What is done for a person at a terminal, and for nobody else: a bar, pages in its width, links, completion."""
