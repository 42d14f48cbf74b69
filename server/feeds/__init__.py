"""Read models for pages: snapshot + changes (DESIGN §4, Feeds). Wiring:

hub = FeedHub(engine, clock, telemetry)          # after the engine has replayed; telemetry: `server.sites.telemetry`
pages = FeedConnections(hub, clock)
hub.run()                                        # a service: signs of life, and what no event tells
hub.read("sites")                                # rows for an HTTP GET: {key: Row}; raises FeedRefused
hub.may_read(principal, "site:17329")            # deny by default

# the handler of /ws/feed, after authentication and the Origin check:
ws = pages.response()
await ws.prepare(request)
await pages.run(pages.socket(request.transport), ws, principal)   # returns when the socket has ended
return ws
"""
