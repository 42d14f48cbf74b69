"""POST /api/v1/alerts/test: a message that says it is a test, to every gateway of DATA/alerts.toml."""

import msgspec

from server.alerts.service import Delivery, NoGateways
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call


class AlertTestAnswer(msgspec.Struct, frozen=True):
    """What became of it at each; addresses without their secrets."""

    deliveries: list[Delivery]


async def test_alerts(call: Call) -> AlertTestAnswer:
    """Answers once every gateway has, or its time is over.

    Raises:
        HttpProblem: 409 `no_gateways`, in words.

    """
    try:
        return AlertTestAnswer(await call.services.alerts.test())
    except NoGateways as error:
        raise HttpProblem(409, "no_gateways", str(error)) from None
