"""The engine, told as what happens to papers on their way."""
