"""The forms of the way in."""

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

LONGEST_PASSWORD = 128


class SignInForm(FlaskForm):  # type: ignore[misc] # the library ships no types
    """Who it is."""

    email = EmailField("E-mail address", [DataRequired("Please write your e-mail address."), Length(max=254)])
    password = PasswordField("Password", [DataRequired("Please write your password."), Length(max=LONGEST_PASSWORD)])


class WelcomeForm(FlaskForm):  # type: ignore[misc] # the library ships no types
    """A new password, twice."""

    password = PasswordField("New password", [DataRequired("Please choose a password."), Length(max=LONGEST_PASSWORD)])
    repeated = PasswordField("The same again", [EqualTo("password", "The two are not the same.")])
