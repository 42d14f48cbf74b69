from server.ceremony.rules import Role
from server.endpoints.route import Route
from server.endpoints.routes import ROUTES


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


async def test_the_document_describes_every_api_route_and_every_reference_in_it_resolves(door):
    async with door.client.get("/api/v1/openapi.json") as answer:
        document = await answer.json()
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(route.method, route.path) for route in ROUTES if route.path.startswith("/api/")}
    schemas = document["components"]["schemas"]
    for reference in references(document):
        prefix, _, name = reference.rpartition("/")
        assert prefix == "#/components/schemas"
        assert name in schemas
    operations = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(operations) == len(set(operations))


async def test_every_operation_says_what_it_does_who_may_and_what_it_answers(door):
    async with door.client.get("/api/v1/openapi.json") as answer:
        document = await answer.json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert set(operation["responses"]) == {"200", "default"}
            in_path = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert in_path == {part[1:-1] for part in path.replace(".", "/").split("/") if part.startswith("{")}
    sites = document["paths"]["/api/v1/sites"]["get"]
    assert {parameter["name"] for parameter in sites["parameters"]} == {"q", "level", "grade", "group", "limit", "cursor"}
    assert sites["x-roles"] == [Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER]
    commands = document["components"]["schemas"]
    assert "ReportHeadCount" in commands
    assert "PressCommand" in commands


def test_no_two_rows_claim_the_same_address():
    rows = [(route.method, route.path) for route in ROUTES]
    assert len(rows) == len(set(rows))
    assert all(isinstance(route, Route) for route in ROUTES)
