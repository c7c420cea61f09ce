"""Signing in, signing out, and setting a password with a one-time link: the only staff pages without the guard."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import login_user, logout_user

from newsletter.staff.invite import invited, set_password
from newsletter.staff.sign_in import sign_in as open_sign_in
from newsletter.staff.sign_in import sign_out as end_sign_in
from newsletter.web.house import house
from newsletter.web.staff.colleague import SIGN_IN, Colleague
from newsletter.web.staff.forms import SignInForm, WelcomeForm
from newsletter.web.staff.guard import csrf
from newsletter.web.staff.password import admitted, good_hash

way_in = Blueprint("way_in", __name__, url_prefix="/staff")

REFUSED = 403
"""Wrong address or password; the limits count these answers."""


@way_in.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask who it is, and let them in."""
    after = own_path(request.values.get("next", ""))
    if current_user.is_authenticated:
        return redirect(after, 303)
    form = SignInForm()
    status = 400 if request.method == "POST" else 200
    if form.validate_on_submit():
        colleague = admitted(form.email.data, form.password.data)
        if colleague:
            _enter(colleague)
            return redirect(after, 303)
        form.form_errors.append("This address and password do not belong together.")
        status = REFUSED
    return render_template("staff/sign_in.html", form=form, next=after), status


@way_in.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this sign-in, in every copy of its cookie."""
    csrf.protect()
    end_sign_in(house().db, session.get(SIGN_IN, ""), house().clock())
    logout_user()
    session.clear()
    flash("You are signed out.")
    return redirect(url_for(".sign_in"), 303)


@way_in.route("/welcome/<token>", methods=["GET", "POST"])
def welcome(token: str) -> ResponseReturnValue:
    """Set a password with a one-time link. Looking at the page does not use the link up."""
    now, db = house().clock(), house().db
    with db.read() as reading:
        email = invited(reading, token, now).email
    form = WelcomeForm()
    if form.validate_on_submit():
        hashed, wrong = good_hash(form.password.data, email)
        if hashed:
            _enter(Colleague(set_password(db, token, hashed, now)))
            flash("Your password is set, and you are signed in.")
            return redirect(url_for("staff.today"), 303)
        form.password.errors = [*form.password.errors, wrong]
    return render_template("staff/welcome.html", form=form, email=email), 400 if request.method == "POST" else 200


def own_path(path: str) -> str:
    """Where to go after signing in: a staff page, whatever the address asked for."""
    is_own = path.startswith("/staff/") and "\\" not in path and path.isprintable() and len(path) < 2000
    return path if is_own else url_for("staff.today")


def _enter(colleague: Colleague) -> None:
    session.clear()  # a cookie that somebody else planted must not become a signed-in one
    session[SIGN_IN] = open_sign_in(house().db, colleague.id, house().clock())
    session.permanent = True
    login_user(colleague, remember=False, authn_via=["password"])
