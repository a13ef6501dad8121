"""What every mark, figure and column means, by whose definition: one source for Help and for tool tips. No Qt."""
