"""A tensor as a picture: a colour for each value, or for several; with what all drawn tables share."""
