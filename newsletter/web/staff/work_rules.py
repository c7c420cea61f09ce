"""The rules that open work: what is in force, writing another, trying it on what was heard, switching it on."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import NotFound, Refused
from newsletter.followup.built_in import BUILT_IN
from newsletter.followup.causes import IN_WORDS as CAUSES
from newsletter.followup.causes import Cause
from newsletter.followup.in_force import rules_in_force
from newsletter.followup.rules import LONGEST_DUE, Rule, Team
from newsletter.followup.write_rule import LONGEST_WHAT, switch_off, switch_on, write_rule, written_rule, written_rules
from newsletter.report.narrowing import choices
from newsletter.report.rule_trial import LOOKED_BACK, MOST, try_rule
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import work_words as words
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.lists import word

work_rules = Blueprint("work_rules", __name__, url_prefix="/staff/work/rules")
work_rules.before_request(guard)

_AGREEMENT = {"yes": True, "no": False}
_ONE = f"/<int(max={parts.LARGEST_ID}):rule_id>"


@work_rules.get("", endpoint="listed")
@open_to(Duty.SERVICE, Duty.SALES)
def show_rules() -> ResponseReturnValue:
    """What opens work now, and what is written and not in force."""
    with house().db.read() as session:
        in_force, written = rules_in_force(session), written_rules(session)
    return render_template(
        "staff/work/rules.html",
        rules=in_force,
        drafts=[version for version in written if version.on_since is None],
        former=[version for version in written if version.off_since is not None],
        ids={(version.rule.key, version.rule.version): version.id for version in written},
        built_in={rule.key for rule in BUILT_IN},
    )


@work_rules.get("/write", endpoint="write")
@open_to(Duty.SERVICE, Duty.SALES)
def show_form() -> ResponseReturnValue:
    """A form for a rule, filled from another where one is named."""
    key = word(request.args, "from")
    with house().db.read() as session:
        rule = next((rule for rule in rules_in_force(session) if rule.key == key), None)
    if key and rule is None:
        raise NotFound("There is no such rule.")
    return _form(rule)


@work_rules.post("/write")
@open_to(Duty.SERVICE, Duty.SALES)
def keep() -> ResponseReturnValue:
    """Keep it as a draft, and show what it would have opened."""
    rule = _typed()
    try:
        rule_id = write_rule(house().db, rule, parts.author(), parts.now())
    except Refused as error:
        return _form(rule, str(error), status_of(error))
    flash("Kept as a draft. It opens nothing before it is switched on.")
    return redirect(url_for("work_rules.rule", rule_id=rule_id), 303)


@work_rules.get(_ONE, endpoint="rule")
@open_to(Duty.SERVICE, Duty.SALES)
def show_rule(rule_id: int, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    """One version, and what it would have opened in the last months."""
    with house().db.read() as session:
        written = written_rule(session, rule_id)
        trial = try_rule(session, written.rule, parts.now())
        former = next((rule for rule in rules_in_force(session) if rule.key == written.rule.key), None)
    return render_template(
        "staff/work/rule.html",
        written=written,
        rule=written.rule,
        former=former,
        trial=trial,
        months=LOOKED_BACK,
        most=MOST,
        wrong=wrong,
    ), status


@work_rules.post(f"{_ONE}/on")
@open_to(Duty.SERVICE, Duty.SALES)
def on(rule_id: int) -> ResponseReturnValue:
    """Open work by it from now on."""
    try:
        rule = switch_on(house().db, rule_id, parts.author(), parts.now())
    except Refused as error:
        return show_rule(rule_id, str(error), status_of(error))
    flash(f"“{rule.key}” is in force. What is open already stays as it is.")
    return redirect(url_for("work_rules.listed"), 303)


@work_rules.post(f"{_ONE}/off")
@open_to(Duty.SERVICE, Duty.SALES)
def off(rule_id: int) -> ResponseReturnValue:
    """Open no more work by it."""
    try:
        rule = switch_off(house().db, rule_id, parts.author(), parts.now())
    except Refused as error:
        return show_rule(rule_id, str(error), status_of(error))
    flash(f"“{rule.key}” is switched off." + (" The built-in one holds again." if _is_built_in(rule) else ""))
    return redirect(url_for("work_rules.listed"), 303)


def _is_built_in(rule: Rule) -> bool:
    return any(rule.key == ours.key for ours in BUILT_IN)


def _typed() -> Rule:
    form, days = request.form, word(request.form, "due_in_days")
    return Rule(
        key=word(form, "key"),
        causes=frozenset(Cause(code) for code in form.getlist("cause") if code in set(Cause)),
        products=frozenset(model[:200] for model in form.getlist("product") if model),
        agreement=_AGREEMENT.get(word(form, "agreement")),
        tiers=frozenset(tier.strip()[:50] for tier in word(form, "tiers").split(",") if tier.strip()),
        team=words.code(Team, word(form, "team")) or Team.SERVICE,
        what=form.get("what", "").strip()[: LONGEST_WHAT + 1],
        due_in_days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else -1,
        because=form.get("because", "").strip()[:500],
    )


def _form(rule: Rule | None, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    with house().db.read() as session:
        known = choices(session)
    return render_template(
        "staff/work/write.html",
        rule=rule,
        choices=known,
        causes=CAUSES,
        teams=words.TEAMS,
        wrong=wrong,
        longest=LONGEST_WHAT,
        latest=LONGEST_DUE,
    ), status
