"""Chinese text: folding, numbers, dates, segmentation, dictionaries, names and places."""
