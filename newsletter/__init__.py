"""Newsletter sends technical bulletins and learns, from who leaves and why, which machines are still in use.

Two sentences are the whole product, and the rooms are these sentences.

Out: a `bulletin` with its `enclosure`s chooses an `audience`, by a saved `segment` if it likes; each copy is a row in
the `ledger`, becomes a `message`, leaves by `smtp`; `results` tell what came of it.
Back: an `optout` with its `question`, or a `checkin`, becomes evidence, evidence becomes a `signal` on the `account`
and opens `followup` work, whose `outcome` is evidence again.

Around them: `importing` brings the installed base in, `intake` what other systems tell, `inbound` the mail that comes
in, `engine` acts on what was written down (its timed work in `engine/jobs.py`, that of the rooms in `engine/timed.py`)
as fast and when `pace` allows, `schedule` has series and the calendar, `report` reads across rooms for pages and
exports, `retention` counts each night what would take a page too long, `privacy` hands over and erases what we hold
about a person, `hit` tells people from programs that open every link, `burst` finds many who left at once, `staff` are
the colleagues and keys, `theme` says how letters look, `mailbox` keeps the demo's mail, `probe` looks at links and DNS
for preflight. The doors are `web/public` (who gets mail), `web/staff`, `web/api` and `cli`.

Beneath: `db` (two kinds of transaction), `schema` and `tables`, `tokens` and `links`, `domain`, `language`, `clock`,
`errors`.
A step imports only what is below it; the order is a contract in pyproject.toml.
"""
