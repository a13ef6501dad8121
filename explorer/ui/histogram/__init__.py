"""The histogram of what is selected: its panel, its plot, what can be chosen of it, and its facts and statistics."""
