"""Django's settings: do they agree with where assets are, and use their names.

In: the text of a settings module, or the settings themselves. Out: a Check, diagnostics. A settings
module is read, never run: what is not written as a literal is not judged.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from assetbuild.diagnostics import Diagnostic, warning
from assetbuild.doctor.model import Check, name_some
from assetbuild.python_source import name_function, parse_python

MIDDLEWARE = "assetbuild.integrations.django.middleware.assetbuild_middleware"
BACKEND = "assetbuild.integrations.django.storage.AssetbuildStorage"
_SECURITY = "django.middleware.security.SecurityMiddleware"
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
_WHITENOISE = "docs/how-to/migrate-whitenoise.md"
ADMIN, ADMIN_FILE = "django.contrib.admin", "admin/css/base.css"
_ENVIRON = frozenset({"get", "getenv", "config", "env"})
_OURS, _THEIRS = "assetbuild.integrations.django", "django.contrib.staticfiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoSettings:
    """The settings that matter to assets; None where one is not known."""

    static_url: str | None = None  # STATIC_URL
    middleware: tuple[str, ...] | None = None  # MIDDLEWARE
    apps: tuple[str, ...] | None = None  # INSTALLED_APPS
    backend: str | None = None  # of STORAGES["staticfiles"], or STATICFILES_STORAGE
    has_default_storage: bool | None = None  # STORAGES has "default"
    static_root: str | None = None  # STATIC_ROOT, relative to the project; "": not set


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFiles:
    """What of the apps' static files the build has."""

    roots: tuple[str, ...] = ()  # [assets] roots as written, or as found
    absent: tuple[str, ...] = ()  # apps and folders whose files no root and no build has, sorted
    unlisted: tuple[str, ...] = ()  # the project's own static folders that are no roots, sorted
    manifest_root: str | None = None  # output folder where it holds Django's own manifest


_NO_FILES = StaticFiles()


def check_django(
    settings: DjangoSettings, *, file: str, prefix: str, files: StaticFiles = _NO_FILES
) -> Check:
    """Tell what of a settings file does not fit; ``prefix`` is the path assets are served under."""
    findings = tuple(judge_settings(settings, prefix=prefix, files=files))
    return Check(name="django", told=file, findings=findings)


def judge_settings(
    settings: DjangoSettings, *, prefix: str, files: StaticFiles = _NO_FILES
) -> Iterator[Diagnostic]:
    """Yield what does not fit, setting by setting."""
    url = settings.static_url
    if url is not None and not url.endswith(prefix) and f"/{url}" != prefix:
        yield warning(
            "doctor/django-static-url",
            f'STATIC_URL is "{url}", but assets are served under "{prefix}"',
            hint=f'write url = "{url}" below [assets] in assetbuild.toml',
        )
    # WhiteNoise and its like may serve the output folder instead
    if settings.middleware is not None and not _has_other_server(settings.middleware):
        yield from _judge_middleware(settings.middleware)
    if settings.has_default_storage is False:
        yield warning(
            "doctor/django-default-storage",
            'STORAGES has no "default", so that every file field fails',
            hint='add "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}',
        )
    root = (settings.static_root or "").rstrip("/")
    has_own = files.manifest_root is not None and (
        settings.static_root is None or files.manifest_root == root
    )
    if settings.backend is not None and settings.backend != BACKEND and not has_own:
        yield warning(
            "doctor/django-storage",
            "{% static %} does not use assetbuild's names",
            hint=f'write STORAGES = {{…, "staticfiles": {{"BACKEND": "{BACKEND}"}}}}',
        )
    if settings.apps is not None:
        yield from _judge_apps(settings.apps)
    if files.absent and settings.backend not in {None, _PLAIN}:
        yield _tell_absent(settings, files)
    if files.unlisted and settings.backend not in {None, _PLAIN}:
        at = files.roots.index(root) if root in files.roots else len(files.roots)
        roots = [*files.roots[:at], *files.unlisted, *files.roots[at:]]
        yield warning(
            "doctor/django-unlisted-files",
            f"{name_some(files.unlisted)} is no source root: what you edit there is not built, or "
            "only as collectstatic copied it",
            hint=_tell_roots(roots),
        )


def _tell_absent(settings: DjangoSettings, files: StaticFiles) -> Diagnostic:
    """Name the apps whose static files were not collected, and each line to write."""
    collect = "run: python manage.py collectstatic --noinput"
    root = (settings.static_root or "").rstrip("/")
    hint = collect
    if root == files.manifest_root:
        # it cannot be a root too: the build writes it
        hint = f'collect into another folder, and name that one in roots: "{_WHITENOISE}"'
    elif root not in files.roots:
        hint = f"{_tell_roots([*files.roots, root or 'staticfiles'])}; {collect}"
        if settings.static_root == "":
            hint = f'write STATIC_ROOT = BASE_DIR / "staticfiles" in the settings; {hint}'
    return warning(
        "doctor/django-app-files",
        f"the build has no static files of {name_some(files.absent)}: with DEBUG off, "
        "each page that names one is an error 500",
        hint=hint,
    )


def _tell_roots(roots: Sequence[str]) -> str:
    # TOML's strings are JSON's
    return (
        f"write roots = {json.dumps(roots, ensure_ascii=False)} below [assets] in assetbuild.toml"
    )


def _has_other_server(middleware: Sequence[str]) -> bool:
    return MIDDLEWARE not in middleware and any(
        one.startswith(("whitenoise.", "servestatic.")) for one in middleware
    )


def _judge_middleware(middleware: Sequence[str]) -> Iterator[Diagnostic]:
    hint = f'put "{MIDDLEWARE}" first in MIDDLEWARE'
    if MIDDLEWARE not in middleware:
        yield warning(
            "doctor/django-middleware",
            "the assetbuild middleware is not in MIDDLEWARE, so this app serves no assets",
            hint=hint,
        )
        return
    before = [one for one in middleware[: middleware.index(MIDDLEWARE)] if one != _SECURITY]
    if before:
        yield warning(
            "doctor/django-middleware-order",
            f"{before[0]} runs before the assetbuild middleware, also for assets",
            hint=hint,
        )


def _judge_apps(apps: Sequence[str]) -> Iterator[Diagnostic]:
    mine = [at for at, one in enumerate(apps) if one.startswith(_OURS)]
    if _THEIRS in apps and mine and apps.index(_THEIRS) < mine[0]:
        yield warning(
            "doctor/django-apps-order",
            f"runserver is taken from {_THEIRS}, which knows no hashed names",
            hint=f'put "{_OURS}" before "{_THEIRS}" in INSTALLED_APPS',
        )


def read_settings(text: str) -> DjangoSettings | None:
    """Return what a settings module says in literals; None when it is no Python."""
    tree = parse_python(text)
    if tree is None:
        return None
    # a later assignment counts
    found = {name: value for node in tree.body for name, value in _assigned(node)}
    storages = found.get("STORAGES")
    backend = found.get("STATICFILES_STORAGE")
    if isinstance(storages, dict):
        backend = _text(_table(storages.get("staticfiles")).get("BACKEND")) or backend
    return DjangoSettings(
        has_default_storage="default" in storages if _is_whole(storages, tree) else None,
        static_root=_root_of(tree),
        static_url=_text(found.get("STATIC_URL")),
        middleware=_texts(found.get("MIDDLEWARE")),
        apps=_texts(found.get("INSTALLED_APPS")),
        backend=_text(backend),
    )


def _is_whole(storages: Any, tree: ast.Module) -> TypeGuard[dict[str, Any]]:
    """Tell whether all keys of STORAGES are known: no ``**more``, and nothing adds to it."""
    names = [one for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id == "STORAGES"]
    dicts = (one.value for one in tree.body if isinstance(one, (ast.Assign, ast.AnnAssign)))
    has_more = any(isinstance(one, ast.Dict) and None in one.keys for one in dicts)
    return isinstance(storages, dict) and len(names) == 1 and not has_more


def _has_star(tree: ast.Module) -> bool:
    imports = (one for one in tree.body if isinstance(one, ast.ImportFrom))
    return any(name.name == "*" for one in imports for name in one.names)


def _root_of(tree: ast.Module) -> str | None:
    """Return the one text in what STATIC_ROOT is: ``BASE_DIR / "staticfiles"``; "": it is not set."""
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(one, ast.Name) and one.id == "STATIC_ROOT" for one in node.targets)
    ]
    if not values:
        return None if _has_star(tree) else ""
    # os.environ.get("COLLECT_INTO", "staticfiles"): the name of the variable is no folder
    asked = [
        one.args[0]
        for one in ast.walk(values[-1])
        if isinstance(one, ast.Call) and len(one.args) == 2 and name_function(one.func) in _ENVIRON
    ]
    texts = [
        one.value
        for one in ast.walk(values[-1])
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one not in asked
    ]
    return texts[0] if len(texts) == 1 else None


def _assigned(node: ast.stmt) -> Iterator[tuple[str, Any]]:
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, _literal(node.value)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, None  # it grows by what is not known here


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _table_of(node) if isinstance(node, ast.Dict) else None


def _table_of(node: ast.Dict) -> dict[str, Any]:
    """Return what is literal of a dict that is not literal as a whole."""
    pairs = zip(node.keys, node.values, strict=True)
    return {
        key.value: _literal(value)
        for key, value in pairs
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return tuple(value)
    return None
