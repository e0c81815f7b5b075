"""The figures that managers look at."""
