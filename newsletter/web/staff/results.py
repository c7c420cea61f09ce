"""What came of a run: the figures beside the usual, and everybody by name."""

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from newsletter.ledger.run import Run
from newsletter.question.rates import Tally, wilson
from newsletter.report.runs import run_head
from newsletter.report.wording import DELIVERIES, REASONS
from newsletter.results.look import COMPARED, Results, results
from newsletter.results.people import Show, as_table, recipients
from newsletter.results.rates import FEWEST, Measure
from newsletter.results.trial_seen import trial_seen
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import chart_bars, lists
from newsletter.web.staff.chart_parts import Share, percent
from newsletter.web.staff.guard import guard, open_to

came = Blueprint("results", __name__, url_prefix=f"{parts.RUN}/results")
came.before_request(guard)

MEASURES: dict[Measure, str] = {
    Measure.ACCEPTED: "Accepted",
    Measure.BOUNCED: "Came back",
    Measure.HUMAN: "Opened by people",
    Measure.MACHINE: "Opened by programs only",
    Measure.LEFT: "Opted out",
    Measure.ANSWERED: "Said why",
}
SHOWN: dict[Show, str] = {
    Show.ALL: "everybody",
    Show.ACCEPTED: "accepted",
    Show.BOUNCED: "came back",
    Show.CLICKED: "opened by a person",
    Show.LEFT: "opted out",
    Show.IN_DOUBT: "in doubt",
}


def install(app: Flask) -> None:
    """Put the results of runs into an application with a staff door."""
    app.jinja_env.filters.update(rate=rate_in_words, rate_between=rate_between, part_of=percent)
    app.register_blueprint(came)


@came.get("", endpoint="results")
@open_to(*Duty)
def show_results(run_id: int) -> ResponseReturnValue:
    """The figures of a run, each beside the usual."""
    with house().db.read() as session:
        head = run_head(session, run_id)
        found = results(session, run_id, head.klass, house().config.zone, parts.now())
        trial = trial_seen(session, run_id, parts.now())
    return render_template(
        "staff/bulletins/results.html",
        head=head,
        found=found,
        trial=trial,
        measures=MEASURES,
        reasons=REASONS,
        chart=_drawn(found),
        fewest=FEWEST,
        most=COMPARED,
        shown=SHOWN,
    )


@came.get("/people", endpoint="people")
@open_to(*Duty)
def show_people(run_id: int) -> ResponseReturnValue:
    """Everybody who was to get a copy, by name."""
    show, after = _show(), parts.id_from(request.args.get("after"))
    with house().db.read() as session:
        head = run_head(session, run_id)
        found = recipients(session, session.get_one(Run, run_id), show, limit=parts.PAGE + 1, after_id=after)
    return render_template(
        "staff/bulletins/recipients.html",
        head=head,
        show=show,
        shown=SHOWN,
        after=after,
        found=found[: parts.PAGE],
        has_more=len(found) > parts.PAGE,
        states=DELIVERIES,
        reasons=REASONS,
    )


@came.get("/people.csv", endpoint="file")
@open_to(*Duty)
def send_people(run_id: int) -> ResponseReturnValue:
    """The same as a file, with all of them."""
    show = _show()
    with house().db.read() as session:
        number = run_head(session, run_id).number
    return lists.as_file(
        f"{number}-run-{run_id}-{show}",
        lambda session: as_table(session, session.get_one(Run, run_id), show),
    )


def _show() -> Show:
    asked = request.args.get("show", "")
    return Show(asked) if asked in set(Show) else Show.ALL


def rate_in_words(tally: Tally) -> str:
    """18 %; empty where there is nothing of which it could be a share."""
    return percent(tally.rate) if tally.asked else ""


def rate_between(tally: Tally) -> str:
    """9 to 31 %: where the share lies with 95 % confidence."""
    interval = wilson(tally)
    return f"{percent(interval.low).removesuffix(' %')} to {percent(interval.high)}" if tally.asked else ""


def _bar(measure: Measure, tally: Tally) -> Share:
    interval = wilson(tally)
    return Share(MEASURES[measure], tally.rate if tally.asked else None, interval.low, interval.high)


def _drawn(found: Results) -> Markup:
    rows = [_bar(measure, tally) for measure, tally in found.rates.items()]
    told = "Each bar has its 95 % interval. The table has the numbers."
    return chart_bars.bars("results", "What came of it", told, rows)
