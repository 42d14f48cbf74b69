"""Call a URL: a scene of a mixer, a light controller, a relay with a web interface."""

import urllib.error
import urllib.request

from site_agent.local_clock import raw_now
from site_agent.outputs.base import Done, Occasion, Output


class UrlOutput(Output):
    """Sends one request; done when the answer is 2xx within `timeout_s`."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        method: str = "POST",
        body: str = "",
        state: bool = False,
        delay_ms: float = 0.0,
        timeout_s: float = 5.0,
    ) -> None:
        self._url = url
        self._method = method
        self._body = body
        self._timeout_s = timeout_s
        super().__init__(name, state=state, delay_ns=int(delay_ms * 1e6))

    def act(self, occasion: Occasion) -> Done:
        headers = {
            "Content-Type": "application/json",
            "Diemcau-Live": "1" if occasion.live else "0",
            "Diemcau-Cue": occasion.cue,
            "Diemcau-Attempt": str(occasion.attempt),
            "Diemcau-Phase": occasion.phase.value,
            "Diemcau-T0": str(occasion.t0),
        }
        data = self._body.encode() if self._body or self._method != "GET" else None
        # The settings admit http and https only.
        request = urllib.request.Request(self._url, data=data, headers=headers, method=self._method)  # noqa: S310
        sent = raw_now()
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310
                response.read(65_536)
                return Done(name=self.name, ok=True, raw=sent, detail=str(response.status))
        except urllib.error.HTTPError as error:
            return Done(name=self.name, ok=False, raw=sent, detail=f"answered {error.code}")
        except OSError as error:
            return Done(name=self.name, ok=False, detail=str(error)[:200])
