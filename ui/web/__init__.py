"""What Streamlit lacks: the routes beside it, and what goes round every answer."""
