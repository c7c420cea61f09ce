import pytest

from newsletter.bulletin.values import TAGS, Machine, Reader, values_for


def reader(*serials: str, accounts: tuple[tuple[str, str], ...] = (("K1", "Toolroom North"),)) -> Reader:
    machines = tuple(Machine(n, "VX-500", serial, "K1", "Toolroom North") for n, serial in enumerate(serials))
    return Reader("nora@toolroom-north.example", "Nora", "Frost", "en", machines, accounts)


@pytest.mark.parametrize(
    ("language", "listed"),
    [
        ("en", "A, B, and C"),
        ("en-GB", "A, B and C"),
        ("de", "A, B und C"),
        ("de-AT", "A, B und C"),
        ("ja", "A、B、C"),
        ("zh-Hans-CN", "A、B和C"),
        ("pt-BR", "A, B e C"),
        ("es-419", "A, B y C"),
        ("xx", "A, B, and C"),
        ("de-1996", "A, B und C"),
        ("de-QQ", "A, B und C"),
        ("xx-XX-x", "A, B, and C"),
    ],
)
def test_several_machines_read_as_a_sentence_would_say_them(language: str, listed: str) -> None:
    values = values_for(reader("A", "B", "C"), language, acknowledge_url="")
    assert (values["serial"], values["model"]) == (listed, "VX-500")


def test_one_machine_is_named_as_it_is_and_no_machine_is_nothing() -> None:
    assert values_for(reader("A"), "xx", acknowledge_url="")["serial"] == "A"
    assert values_for(reader(), "en", acknowledge_url="")["serial"] == ""


def test_an_account_without_a_name_leaves_no_gap_in_the_list() -> None:
    values = values_for(reader("A", accounts=(("K1", ""), ("K2", "Brandt"))), "en", acknowledge_url="")
    assert (values["account_number"], values["account_name"]) == ("K1 and K2", "Brandt")


def test_every_tag_has_a_value() -> None:
    assert set(values_for(reader("A"), "en", acknowledge_url="https://x.example/")) == set(TAGS)


@pytest.mark.parametrize("tag", TAGS)
def test_a_value_is_the_same_alone_as_among_all(tag: str) -> None:
    nora = reader("A", "B")
    alone = values_for(nora, "de", acknowledge_url="https://x.example/", tags=(tag,))
    assert alone[tag] == values_for(nora, "de", acknowledge_url="https://x.example/")[tag]
    assert set(alone) <= {tag, "acknowledge_url"}
