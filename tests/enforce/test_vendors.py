import pytest

from enforce.neighbours.vendors import MAX_NAME, Vendors

IEEE_TXT = """OUI/MA-L                                                    Organization
company_id                                                  Organization

00-00-5E   (hex)\t\tICANN, IANA Department
00005E     (base 16)\t\tICANN, IANA Department
\t\t\t\tINTERNET ASS'NED NOS.AUTHORITY
70-B3-D5   (hex)\t\tIEEE Registration Authority
"""
IEEE_CSV = (
    'Registry,Assignment,Organization Name,Organization Address\r\nMA-L,00005E,"ICANN, IANA Department",Los Angeles\r\n'
)
ARP_SCAN = "# a comment\n00005E\tICANN, IANA Department\n"
NMAP = "# $Id$\n00005E ICANN, IANA Department\n70B3D5123 A part of a block\n"


LISTS = {"oui.txt": IEEE_TXT, "oui.csv": IEEE_CSV, "ieee-oui.txt": ARP_SCAN, "nmap-mac-prefixes": NMAP}


@pytest.mark.parametrize(("name", "text"), LISTS.items())
def test_every_list_that_a_machine_may_have_is_read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    vendors = Vendors([tmp_path / "missing", tmp_path / name])
    assert vendors.name_of("00:00:5e:10:00:0a") == "ICANN, IANA Department"
    assert vendors.name_of("70:b3:d5:12:30:0a") is None
    assert vendors.name_of("00:00:5f:10:00:0a") is None


def test_a_made_up_mac_has_no_maker(tmp_path):
    (tmp_path / "oui").write_text("02005E Nobody\n")
    assert Vendors([tmp_path / "oui"]).name_of("02:00:5e:10:00:0a") is None


def test_a_list_that_cannot_be_read_is_passed_over(tmp_path, caplog):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").write_bytes(b"\xff\xfe broken\n00005E " + b"x" * 500 + b"\n")
    assert Vendors([tmp_path / "first", tmp_path / "second"]).name_of("00:00:5e:10:00:0a") == "x" * MAX_NAME
    assert "cannot be read" in caplog.text


def test_without_a_list_nobody_is_named(tmp_path):
    assert Vendors([tmp_path / "missing"]).name_of("00:00:5e:10:00:0a") is None
