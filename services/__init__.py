"""The rules of the portal. Nothing in here knows Streamlit."""
