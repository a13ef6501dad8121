"""The singular values of a tensor as a matrix, beside those of a random one."""
