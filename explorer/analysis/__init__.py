"""What the numbers of a checkpoint say: measured, drawn, judged, compared, reported. No Qt."""
