"""Toolkit for Chinese text: folding, script conversion, numbers, dates, segmentation, names and places."""
