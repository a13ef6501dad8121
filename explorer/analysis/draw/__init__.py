"""What drawings of values show, as numbers: histograms, heat maps, channels, spectra, a whole file at a glance."""
