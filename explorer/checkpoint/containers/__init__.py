"""One file per container: how each lays out pickles and storages. They run in the reader process."""
