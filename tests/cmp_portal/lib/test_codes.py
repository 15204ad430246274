from xml.etree import ElementTree

from cmp_portal.lib.codes import qr_svg


def test_code_is_a_drawing_of_one_path():
    drawing = ElementTree.fromstring(qr_svg("https://cmp.example.org/verify/1/"))

    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert [part.tag.rpartition("}")[2] for part in drawing] == ["path"]


def test_another_address_is_another_code():
    assert qr_svg("https://cmp.example.org/1") != qr_svg("https://cmp.example.org/2")
