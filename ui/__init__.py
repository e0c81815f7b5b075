"""What the pages share. Besides pages/ and app.py the only place that knows Streamlit."""
