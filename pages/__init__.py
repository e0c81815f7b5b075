"""The screens. Each is a function handed to `st.Page`; importing or running a file here shows nothing."""
