"""What a WSGI server serves: `gunicorn wsgi:app`."""

from config import load
from newsletter.web.app import create_app

app = create_app(load())
