"""Source text to facts: read, summarise, link, run on paper. The only importer of libcst."""
