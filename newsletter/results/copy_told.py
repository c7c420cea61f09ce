"""What became of a copy, in one sentence with the time and the server's words."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain import domain_of
from newsletter.ledger.delivery import Delivery, DeliveryEvent
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.states import Event, State
from newsletter.ledger.wave import Wave, WaveState, wave_of
from newsletter.optout.opt_out import OptOut
from newsletter.pace.admission import Errand
from newsletter.pace.pause import pause_of
from newsletter.report.ahead import ahead
from newsletter.report.wording import WAYS
from newsletter.results.keep import kept
from newsletter.results.remedy import of_state
from newsletter.results.told import Told

_GOT = {
    State.ACCEPTED: "yes",
    State.WAITING: "not_yet",
    State.CLAIMED: "not_yet",
    State.DEFERRED: "not_yet",
    State.HELD: "not_yet",
    State.IN_DOUBT: "in_doubt",
    State.LET_BE: "in_doubt",
}
_SAYS = {
    State.WAITING: "It waits for its turn.",
    State.CLAIMED: "An engine has it in hand: it is being sent at this moment.",
    State.DEFERRED: "Their server put it off{at}{words}",
    State.ACCEPTED: "Their server accepted it{at}{words}",
    State.REFUSED: "Their server refused it for good{at}{words}",
    State.IN_DOUBT: "Nobody knows: it was on the wire when the line or the engine died{at}{words}",
    State.LET_BE: "Nobody knows: it was on the wire when the line died, and somebody decided{at} to leave it so{words}",
    State.HELD: "It is held{at} and needs a decision{words}",
    State.EXPIRED: "It was given up{at} after days of being put off{words}",
    State.CANCELLED: "Its run was cancelled{at} before this copy went.",
}
_Moment = Callable[[datetime], str]


def tell(session: Session, copy: Delivery, zone: str, now: datetime, moment: _Moment) -> Told:
    """The answer that a copy gives."""
    state = State(copy.state)
    sentence, to_change = _sentence(session, copy, state, moment), of_state(state)
    if state in (State.WAITING, State.DEFERRED):
        sentence, to_change = _in_line(session, copy, sentence, zone, now, moment)
    elif state is State.ACCEPTED and (left := _left_since(session, copy, None)):
        sentence += f" They opted out by it on {moment(left.left_at)}, {WAYS[left.way]}."
    return Told(_GOT.get(state, "no"), sentence, to_change)


def _sentence(session: Session, copy: Delivery, state: State, moment: _Moment) -> str:
    at = f" on {moment(copy.settled_at)}" if copy.settled_at else ""
    words = f": “{copy.reply}”" if copy.reply else "."
    if state is State.BOUNCED:
        return _came_back(session, copy, at, words, moment)
    if state is State.WITHHELD:
        return _withheld(session, copy, at, moment)
    return _SAYS[state].format(at=at, words=words)


def _came_back(session: Session, copy: Delivery, at: str, words: str, moment: _Moment) -> str:
    accepted = select(DeliveryEvent.happened_at).where(DeliveryEvent.delivery_id == copy.id)
    first = session.scalar(accepted.where(DeliveryEvent.event == Event.ACCEPT).limit(1)) or copy.claimed_at
    when = f" on {moment(first)}" if first else ""
    return f"Their server accepted it{when}, and sent it back{at}{words}"


def _withheld(session: Session, copy: Delivery, at: str, moment: _Moment) -> str:
    run = session.get_one(Run, copy.run_id)
    left = _left_since(session, copy, run.started_at)
    if left is not None:
        return (
            f"They opted out on {moment(left.left_at)}, {WAYS[left.way]}: after the run had started, and before their"
            " copy went. So it was not sent."
        )
    return f"It was held back{at}: after the run had started they asked for fewer mails or could not be reached."


def _left_since(session: Session, copy: Delivery, since: datetime | None) -> OptOut | None:
    """How somebody left by this copy, or by any since a time."""
    query = select(OptOut).where(OptOut.person_id == copy.person_id, OptOut.undone_at.is_(None))
    narrowed = OptOut.delivery_id == copy.id if since is None else OptOut.left_at >= since
    return session.scalars(query.where(narrowed).order_by(OptOut.id.desc()).limit(1)).first()


def _in_line(
    session: Session, copy: Delivery, sentence: str, zone: str, now: datetime, moment: _Moment
) -> tuple[str, str]:
    """Why a copy waits and until when, and what would have to change."""
    run = session.get_one(Run, copy.run_id)
    if run.state == RunState.PAUSED:
        return f"{sentence} The run is paused.", "Somebody has to let the run go on."
    wave = wave_of(session, copy)
    if wave is not None and wave.state != WaveState.OPEN:
        return f"{sentence} {_behind_wave(wave, moment)}", "Somebody may let its wave go at once."
    pause = pause_of(session, domain_of(copy.address), now)
    if pause is not None:
        until = f" until {moment(pause.until)}" if pause.until else ""
        told = f"{sentence} Nothing goes to {pause.domain}{until}, since {moment(pause.since)}: “{pause.reason}”"
        return told, "The pause of the domain has to end, by its time or by a colleague."
    if copy.due_at > now:
        waits = f" It waits for this: {copy.reply}." if copy.reply and copy.state == State.WAITING else ""
        return f"{sentence}{waits} Its next turn is on {moment(copy.due_at)}.", of_state(State(copy.state))
    figures = kept(session, run.id)
    expected = ahead(session, Errand(run.id, "", zone), now, left=figures.left if figures else None)
    done = f" It goes by {moment(expected.done_at)}." if expected and expected.done_at else ""
    return f"{sentence}{done}", of_state(State(copy.state))


def _behind_wave(wave: Wave, moment: _Moment) -> str:
    if wave.state == WaveState.HELD:
        return f"It is in wave {wave.number}, which is held: {wave.held_because}"
    when = f"goes on {moment(wave.due_at)}" if wave.due_at else f"goes when wave {wave.number - 1} has gone out"
    return f"It is in wave {wave.number}, which {when}."
