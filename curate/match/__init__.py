"""images, texts -> clusters of copies with evidence; decides nothing."""
