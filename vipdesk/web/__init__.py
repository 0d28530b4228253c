"""The web server: gunicorn with a worker that reads a request whole before a thread answers it (decision 23)."""
