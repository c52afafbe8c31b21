"""Each helper as real templates write it, and what looks like one and is none."""

from __future__ import annotations

import pytest

from assetbuild.assets.usage.python_code import find_python_mentions
from assetbuild.assets.usage.templates import TemplateFinder

NAMED = [
    (".html", '{% static "a.css" %}', ["a.css"]),
    (".html", "{%- static 'a.css' as x -%}", ["a.css"]),
    (".html", '{% asset "js/app.js" defer %}{% asset_url "b.png" %}', ["js/app.js", "b.png"]),
    (".html", '{% picture "h.jpg" sizes="50vw" %}', ["h.jpg"]),
    (".html", "{{ url_for('static', filename='a.js') }}", ["a.js"]),
    (".html", "<img src=\"{{ url_for('static', filename=\"i/a.png\") }}\">", ["i/a.png"]),
    (".html", "{{ url_for('.static', filename='a.js') }}{{ url_for('x.y.static', filename='b.js') }}", ["a.js", "b.js"]),
    (".jinja", '{{ asset_url("a b.png") }}', ["a b.png"]),
    (".j2", "{{ static('a.css') }}", ["a.css"]),
    (".erb", '<%= javascript_include_tag "app", "more", defer: true %>', ["app", "more"]),
    (".erb", '<%= stylesheet_link_tag "app", media: "all" %>', ["app"]),
    (".erb", '<%= image_tag "a.png", alt: "x" %>', ["a.png"]),
    (".erb", "<%= image_tag('a.png', class: 'b') %>", ["a.png"]),
    (".haml", '= image_tag "a.png"', ["a.png"]),
    (".rb", 'asset_path "a.png"', ["a.png"]),
    (".blade.php", "{{ asset('css/a.css') }}@vite(['r/a.js', 'r/b.css'])", ["css/a.css", "r/a.js", "r/b.css"]),
    (".php", "<?php echo asset('a.css'); ?>", ["a.css"]),
    (".twig", "{{ asset('build/a.css') }}", ["build/a.css"]),
    (".heex", '<link href={Routes.static_path(@conn, "/a.css")}>', []),
    (".ex", 'Routes.static_path(conn, "/images/a.png")', ["/images/a.png"]),
    (".html", "{% vite_asset 'src/main.ts' %}", ["src/main.ts"]),
]  # fmt: skip

NOT_NAMED = [
    (".html", '{# {% static "a.css" %} #}'),
    (".html", '{% comment %}{% static "a.css" %}{% endcomment %}'),
    (".html", '{% verbatim %}{% static "a.css" %}{% endverbatim %}'),
    (".html", "{% static variable %}"),
    (".html", '<script>static("a.css"); picture("b")</script>'),
    (".html", '{% load static %}"a.css"'),
    (
        ".html",
        "{{ url_for('static_page', filename='a.js') }}{{ url_for('a.statics', filename='b') }}",
    ),
    (".html", '{{ my_static("a.css") }}{{ x.asset("a") }}'),
    (".erb", '<%# image_tag "a.png" %>'),
    (".rb", '  # asset_path "a.png"'),
    (".haml", '-# = image_tag "a.png"'),
]

COMPUTED = [
    (".html", '{% static "img/"|add:name %}', "img/"),
    (".html", "{{ static('img/' ~ x) }}", "img/"),
    (".html", "{{ url_for('static', filename='img/' + x) }}", "img/"),
    (".html", '{% static "img/" %}{{ x }}', "img/"),
    (".erb", '<%= image_tag "flag-#{code}.png" %>', "flag-"),
    (".html", "{{ asset('img/%s.png' % x) }}", "img/"),
    (".html", "{{ asset('img/{}.png'.format(x)) }}", "img/"),
    (".php", "<?= asset('img/' . $x) ?>", "img/"),
    (".ex", 'asset("img/" <> x)', "img/"),
]


@pytest.mark.parametrize(("extension", "text", "names"), NAMED)
def test_helper_names_an_asset(extension: str, text: str, names: list[str]) -> None:
    found = TemplateFinder().find(text, extension)
    assert [one.name for one in found] == names
    for one in found:
        assert text[one.start : one.start + one.length] == one.name
        assert not one.is_computed


@pytest.mark.parametrize(("extension", "text"), NOT_NAMED)
def test_this_names_none(extension: str, text: str) -> None:
    assert TemplateFinder().find(text, extension) == ()


@pytest.mark.parametrize(("extension", "text", "start"), COMPUTED)
def test_computed_name_is_known_by_its_start(extension: str, text: str, start: str) -> None:
    (found,) = TemplateFinder().find(text, extension)
    assert (found.name, found.is_computed) == (start, True)


def test_own_helpers_are_found() -> None:
    finder = TemplateFinder(["theme_asset"])
    assert [
        one.name for one in finder.find('{% theme_asset "a" %}{{ theme_asset("b") }}', ".html")
    ] == ["a", "b"]


PYTHON = '''
from django.templatetags.static import static
LOGO = static("img/é.png")  # static("no.png")
"""static("no.png")"""
url_for("static", filename="a.js"); url_for("admin.static", filename="e.js")
flask.url_for("static", filename=f"img/{x}.png")
self.assets.url("b.css"); assets.tag("c.js"); requests.url("no")
staticfiles_storage.url("d.css")
static("img/" + x); static("img/%s.png" % x); static("img/{}.png".format(x)); static(x)
'''


def test_python_code_is_parsed() -> None:
    found = find_python_mentions(PYTHON)
    assert [(one.name, one.is_computed) for one in found] == [
        ("img/é.png", False),
        ("a.js", False),
        ("e.js", False),
        ("img/", True),
        ("b.css", False),
        ("c.js", False),
        ("d.css", False),
        ("img/", True),
        ("img/", True),
        ("img/", True),
    ]
    for one in found:
        assert PYTHON[one.start : one.start + one.length] == one.name


def test_python_with_the_line_ends_of_old_macs_is_placed() -> None:
    for end in ("\r", "\r\n"):
        text = end.join(("é = 1", "", 'x = "é" + static("a.css")', ""))
        (found,) = find_python_mentions(text)
        assert text[found.start : found.start + found.length] == "a.css"


@pytest.mark.parametrize("mark", ["{{", "{%", "<%", "{#", "<%--", "{% raw %}", "@vite("])
def test_marks_that_nothing_closes_are_read_in_one_pass(mark: str) -> None:
    # minutes, were each of them followed to the end of the text
    text = mark * 100_000 + '<? asset("a.css") ?>'
    assert [one.name for one in TemplateFinder().find(text, ".html")] == ["a.css"]


def test_static_of_urlconf_and_broken_modules_name_none() -> None:
    text = 'from django.conf.urls.static import static\nstatic("/media/", document_root=x)\n'
    assert find_python_mentions(text) == ()
    assert find_python_mentions('static("a.css"') == ()
    assert find_python_mentions("static(" * 3000) == ()
