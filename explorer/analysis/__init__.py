"""What the numbers say: statistics and histograms over all of a tensor's values. No Qt."""
