"""/api/v1/openapi.json: made from the URL table, so that it cannot differ from what the server does."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from server.ceremony.rules import Role
from server.endpoints.problems import ProblemDetails
from server.endpoints.route import Reads, Route

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)(?::[^}]*)?\}")


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every JSON route."""
    rows = [route for route in routes if route.page is None and route.path.startswith("/api/")]
    types = [kind for row in rows for kind in (row.query, row.body, row.answer) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, ProblemDetails], ref_template=_REF)
    by_type = dict(zip(map(id, [*types, ProblemDetails]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        operations = paths.setdefault(_PARAMETER.sub(r"{\1}", row.path), {})
        operations[row.method.lower()] = _operation(row, by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Điểm Cầu", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "link": {"type": "http", "scheme": "bearer", "description": "The token of a link, after `#`."},
                "session": {"type": "apiKey", "in": "cookie", "name": "dc_AS", "description": "Set by POST /api/v1/session."},
            },
        },
    }


def _operation(row: Route, by_type: dict[int, Any], components: dict[str, Any]) -> dict[str, Any]:
    words = (row.handler.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")
    operation: dict[str, Any] = {
        "operationId": row.handler.__name__,
        "summary": words,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _PARAMETER.findall(row.path)
        ],
        "responses": {
            "200": {"description": "OK", **_content(row.answer, by_type)},
            "default": {
                "description": "Problem details (RFC 9457)",
                "content": {"application/problem+json": {"schema": by_type[id(ProblemDetails)]}},
            },
        },
    }
    if isinstance(row.role, frozenset):
        operation["security"] = [{"link": []}, {"session": []}]
        operation["x-roles"] = [role.value for role in Role if role in row.role]
    if row.query is not None:
        operation["parameters"] += _query(components[row.query.__name__])
    if row.body is not None:
        operation["requestBody"] = {"required": True, **_content(row.body, by_type)}
    elif row.reads in {Reads.BYTES, Reads.STREAM}:
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    return operation


def _content(kind: Any, by_type: dict[int, Any]) -> dict[str, Any]:
    return {} if kind is None else {"content": {"application/json": {"schema": by_type[id(kind)]}}}


def _query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": described}
        for name, described in schema["properties"].items()
    ]
