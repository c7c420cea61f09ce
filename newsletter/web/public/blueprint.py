from flask import Blueprint

public = Blueprint("public", __name__)
"""All pages of the public door: what it says when a page fails is the same for each (`door`)."""
