import gc
from pathlib import Path

from django.conf import settings as configured
from django.contrib.staticfiles import finders
from django.core.management import call_command

from cmp_portal.lib.stylesheets import PARTS, WHOLE, StylesheetFinder

CSS = configured.BASE_DIR / "static" / "css"


def test_every_part_of_every_page_is_in_the_whole():
    written = {part.stem for part in CSS.glob("components/*.css")}

    assert {part.removeprefix("components/") for part in PARTS if "/" in part} == written


def test_a_page_in_development_gets_the_parts_in_order():
    with open(finders.find("css/site.css")) as file:
        text = file.read()

    assert text == "\n".join((CSS / f"{part}.css").read_text() for part in PARTS)


def test_the_whole_is_collected_under_a_name_of_its_content(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = configured.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    (named,) = tmp_path.glob("css/site.*.css")
    assert named.read_text().count("@layer components {") == sum("/" in part for part in PARTS)


def test_a_finder_that_is_dropped_takes_no_file_along():
    kept, dropped = StylesheetFinder(), StylesheetFinder()
    path = dropped.find(WHOLE)
    del dropped
    gc.collect()

    assert Path(path).exists()
    assert kept.find(WHOLE) == path
