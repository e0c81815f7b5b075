"""The screens that every kind of paper shares."""
