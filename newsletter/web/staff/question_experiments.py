"""Trying two wordings against each other: start, look, end."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import Conflict, NotFound, Refused
from newsletter.question.force import end_experiment, start_experiment
from newsletter.question.rates import FEWEST
from newsletter.report.experiments import trial
from newsletter.report.wordings import places, versions
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

question_experiments = Blueprint("question_experiments", __name__, url_prefix="/staff/questions/experiments")
question_experiments.before_request(guard)

_ONE = f"/<int(max={parts.LARGEST_ID}):experiment_id>"


@question_experiments.get("/new")
@open_to(Duty.MARKETER)
def new() -> ResponseReturnValue:
    """What shall be tried, and where."""
    return _form()


@question_experiments.post("/new")
@open_to(Duty.MARKETER)
def start() -> ResponseReturnValue:
    """Part the readers of a topic from now on."""
    topic, first, second, share = (parts.id_from(request.form.get(name)) for name in _FIELDS)
    try:
        started = start_experiment(house().db, topic, first, second, share=share, by=parts.author(), now=parts.now())
    except (Conflict, NotFound, Refused) as error:
        return _form(wrong=str(error), status=409 if isinstance(error, Conflict) else 400)
    return redirect(url_for("question_experiments.experiment", experiment_id=started), 303)


@question_experiments.get(_ONE)
@open_to(*Duty)
def experiment(experiment_id: int, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    """How the two stand, and what that proves."""
    with house().db.read() as session:
        seen = trial(session, experiment_id)
        names = {listed.number: listed.name for listed in versions(session)}
    return render_template(
        "staff/questions/experiment.html", trial=seen, names=names, fewest=FEWEST, wrong=wrong
    ), status


@question_experiments.post(f"{_ONE}/end")
@open_to(Duty.MARKETER)
def end(experiment_id: int) -> ResponseReturnValue:
    """End it, and keep one of the two or what was asked before."""
    keep = parts.id_from(request.form.get("keep")) or None
    try:
        end_experiment(house().db, experiment_id, keep=keep, by=parts.author(), now=parts.now())
    except (Conflict, Refused) as error:
        return experiment(experiment_id, wrong=str(error), status=409)
    flash(f"It is over. Version {keep} is in force." if keep else "It is over. What was asked before is asked again.")
    return redirect(url_for("question_experiments.experiment", experiment_id=experiment_id), 303)


_FIELDS = ("topic", "first", "second", "share")


def _form(*, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    with house().db.read() as session:
        topics = [place for place in places(session) if place.topic_id]
        listed = versions(session)
    typed = {name: request.form.get(name, "") for name in _FIELDS}
    return render_template(
        "staff/questions/try.html", topics=topics, versions=listed, typed=typed, fewest=FEWEST, wrong=wrong
    ), status
