"""Random trees of sources that reference each other, and random edits of them, by a seed.

In: a random.Random. Out: files by path, and the same files after an edit. References lead to any
file of the tree, so there are cycles, joins, imports, symbols, and names that nothing has.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.support.pictures import make_png

Files = dict[str, str | bytes]

_NAMES = ("a", "b", "c", "d e", "é")
_BROKEN = ".broken { color: \n"
_FORMATS = ("django", "propshaft", "sprockets", "vite", "webpack")


class RandomTree:
    """One tree, edited again and again."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.files: Files = {}
        self.last = ""  # what the last edit did, for messages
        self._salt = 0
        for kind in _KINDS:
            for name in _NAMES[: self._random.randint(1, 3 if "sprites" in kind else 5)]:
                self.files[kind.format(name)] = b""
        # enough beside what is edited that a scope is worth its while
        for number in range(40):
            self.files[f"assets/plain/{number}.txt"] = f"{number}\n"
            self.files[f"assets/plain/{number}.css"] = f".p{number} {{ color: red }}\n"
        for path in self._editable():
            self.files[path] = self._content(path)
        self.files["assetbuild.toml"] = self._config()

    def edit(self) -> None:
        """Change one to three things."""
        kinds: list[Callable[[], str]] = [
            *[self._change] * 24,
            self._change_reference,
            self._add,
            self._remove,
            self._break,
        ]
        done = [self._random.choice(kinds)() for _ in range(self._random.choice((1, 1, 2, 3)))]
        if self._random.random() < 0.8:
            for path in [one for one, text in self.files.items() if text == _BROKEN]:
                self.files[path] = self._content(path)
                done.append(f"mended {path}")
        if self._random.random() < 0.03:
            self.files["assetbuild.toml"] = self._config()
            done.append("another configuration")
        self.last = ", ".join(done)

    def is_renamed(self) -> bool:
        """Tell, by chance, whether an edit replaces files, as some editors do, or writes into them."""
        return self._random.random() < 0.5

    def _editable(self) -> list[str]:
        return sorted(
            one for one in self.files if "/plain/" not in one and one != "assetbuild.toml"
        )

    def _change(self) -> str:
        found = self._editable()
        if self._random.random() < 0.9:
            found = [one for one in found if not one.endswith(".png")]
        path = self._random.choice(found)
        before = self.files[path]
        if isinstance(before, str) and self._random.random() < 0.85:
            # the same references
            self._salt += 1
            self.files[path] = before + _comment(path, self._salt)
        else:
            self.files[path] = self._content(path)
        return f"changed {path}"

    def _change_reference(self) -> str:
        path = self._random.choice([one for one in self._editable() if "font" not in one])
        self.files[path] = self._content(path)
        return f"rewrote {path}"

    def _add(self) -> str:
        path = self._random.choice(_KINDS).format(self._random.choice("vwxyz"))
        self.files[path] = self._content(path)
        return f"added {path}"

    def _remove(self) -> str:
        path = self._random.choice(self._editable())
        if len(self.files) > 100:
            del self.files[path]
        return f"removed {path}"

    def _break(self) -> str:
        path = self._random.choice([one for one in self._editable() if one.endswith(".scss")])
        self.files[path] = _BROKEN
        return f"broke {path}"

    def _salted(self) -> str:
        self._salt += 1
        return f"s{self._salt}"

    def _pick(self, ending: str, *, below: str = "") -> str:
        """Return a URL path below the root of a file that is there, or, rarely, is not."""
        found = [
            one[len("assets/") :]
            for one in sorted(self.files)
            if one.endswith(ending) and "/_" not in one and one.startswith(f"assets/{below}")
        ]
        if not found or self._random.random() < 0.01:
            return f"lost/{self._random.randint(0, 3)}{ending}"
        return self._random.choice(found).replace(" ", "" if below else "%20")

    def _content(self, path: str) -> str | bytes:
        if path.endswith(".png"):
            return make_png(4, 4, seed=self._random.randint(1, 1000))
        if path.endswith(".scss"):
            return self._scss(path)
        if "/sprites/" in path:
            return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(self._salted())} 9"><path d="M0 0h1"/></svg>'
        if path.endswith(".map"):
            source = f"{self._salted()}.js"
            return f'{{"version":3,"sources":["{source}"],"sourcesContent":["x"],"names":[],"mappings":"AAAA"}}'
        if "/brought/" in path:
            name = path.rpartition("/")[2] if self._random.random() < 0.8 else "lib-a.min.js"
            return f'console.log("{self._salted()}")\n//# sourceMappingURL={name}.map\n'
        if "/joins/" in path:
            return f'console.log("{self._salted()}");'
        make = {
            "css": self._css,
            "js": self._js,
            "svg": self._svg,
            "html": self._html,
        }.get(path.rpartition(".")[2], self._salted)
        return make()

    def _scss(self, path: str) -> str:
        lines: list[str] = []
        # never back: a cycle of imports is an error
        later = [
            one.partition("scss/")[2]
            for one in sorted(self.files)
            if one.endswith(".scss") and "entry" not in one and _rank(one) > _rank(path)
        ]
        lines += [
            f'@import "{name.removeprefix("_").removesuffix(".scss")}";'
            for name in later
            if self._random.random() < 0.3
        ]
        if self._random.random() < 0.004:
            lines.append('@import "lost";')
        if self._random.random() < 0.2:
            lines.append(f'@warn "careful {self._salted()}";')
        lines.append(f".{self._salted()} {{ background: url(/{self._pick('.svg')}) }}")
        return "\n".join(lines)

    def _css(self) -> str:
        lines = []
        if self._random.random() < 0.4:
            lines.append(f'@import "/{self._pick(".css")}";')
        lines += [
            f".{self._salted()} {{ background: url(/{self._pick(ending)}) }}"
            for ending in (".svg", ".woff2", ".png")
            if self._random.random() < 0.5
        ]
        if self._random.random() < 0.15:
            picture = self._pick(".png")
            lines.append(
                f".{self._salted()} {{ background: url(/{picture}); /* sprite: marked */ }}"
            )
        lines.append(f".{self._salted()} {{ color: red }}")
        return "\n".join(lines)

    def _js(self) -> str:
        lines = []
        if self._random.random() < 0.25:
            lines.append(f"//= require ../{self._pick('.js', below='joins/')[:-3]}")
        elif self._random.random() < 0.6:
            lines.append(f'import "/{self._pick(".js")}";')
        if self._random.random() < 0.4:
            lines.append(f'const u = new URL("/{self._pick(".txt")}", import.meta.url);')
        lines.append(f'console.log("{self._salted()}");')
        return "\n".join(lines)

    def _svg(self) -> str:
        inside = ""
        if self._random.random() < 0.2:
            inside = f'<image href="/{self._pick(".svg")}"/>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" id="{self._salted()}">{inside}<path d="M0 0h1"/></svg>'

    def _html(self) -> str:
        lines = [
            f'<link rel="stylesheet" href="/{self._pick(".css")}">',
            f'<script type="module" src="/{self._pick(".js")}"></script>',
            f'<img src="/{self._pick(".png")}">',
        ]
        if self._random.random() < 0.1:
            name = self._random.choice("abc")
            lines.append(f'<svg><use href="/sprites/icons.svg#{name}"/></svg>')
        return "\n".join([*lines, f"<p>{self._salted()}</p>"])

    def _config(self) -> str:
        choose = self._random.choice
        formats = [one for one in _FORMATS if self._random.random() < 0.3]
        text = f"""[assets]
url = "/"
names = "{choose(("{stem}.{hash}{ext}", "{hash}/{path}"))}"
minify = {choose(("true", "false"))}
hash-length = {choose((8, 12, 12))}
unhashed = [{choose(('"*.html"', '"**/page-a.html"', ""))}]
[manifest]
formats = {formats}
[variants]
profile = "{choose(("off", "fast"))}"
[[bundle]]
name = "js/joined.js"
files = ["joins/part-*.js"]
[[bundle]]
name = "css/joined.css"
files = ["css/sheet-*.css", "scss/entry-*.scss"]
"""
        if self._random.random() < 0.9:
            text += '[[rule]]\nglob = "**"\nmissing = "warn"\n'
        if self._random.random() < 0.2:
            text += '[budget]\n"css/joined.css" = "900 kB"\n'
        if self._random.random() < 0.1:
            text += '[[rule]]\nglob = "img/*.svg"\ninline = "1 kB"\n'
        return text


_KINDS = (
    "assets/css/sheet-{}.css",
    "assets/scss/_part-{}.scss",
    "assets/scss/whole-{}.scss",
    "assets/scss/entry-{}.scss",
    "assets/js/script-{}.js",
    "assets/joins/part-{}.js",
    "assets/img/icon-{}.svg",
    "assets/img/shot-{}.png",
    "assets/sprites/icons/{}.svg",
    "assets/fonts/font-{}.woff2",
    "assets/notes/note-{}.txt",
    "assets/pages/page-{}.html",
    "assets/brought/lib-{}.min.js",
    "assets/brought/lib-{}.min.js.map",
)


def _rank(path: str) -> tuple[int, str]:
    """Return the place of a style sheet in the order of imports."""
    name = path.rpartition("/")[2]
    return (("entry", "whole", "_part").index(name.partition("-")[0]), name)


def _comment(path: str, salt: int) -> str:
    ending = path.rpartition(".")[2]
    if ending in {"css", "scss"}:
        return f"\n.c{salt} {{ top: {salt}px }}"
    if ending == "map":
        return " "
    if ending == "js":
        return f'\nconsole.log("c{salt}");'
    if ending in {"svg", "html"}:
        return f"<!-- {salt} -->"
    return f"\n{salt}"
