from flask import Blueprint

from newsletter.web.api.guard import guard

api = Blueprint("api", __name__, url_prefix="/api/v1")
api.before_request(guard)
