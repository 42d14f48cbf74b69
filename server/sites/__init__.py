"""Live device sessions: connection, registry, telemetry, dispatcher, time service. Wiring, after the engine has replayed:

    registry = SiteRegistry(engine)
    telemetry = Telemetry(engine, clock, registry)   # implements feeds.telemetry_port
    dispatcher = Dispatcher(engine, clock, registry, telemetry)
    time_service = TimeService(clock)                # await time_service.open(host, port); time_service.close()
    sites = SiteConnections(engine, clock, registry, telemetry, dispatcher, time_service)
    sites.press_door = conductor                     # optional; made after the dispatcher
    services: telemetry.run, dispatcher.run, sites.work

    # the handler of /ws/site, after authentication and the Origin check:
    ws = sites.response()
    await ws.prepare(request)
    await sites.run(sites.socket(request.transport), ws, principal)   # returns when the session has ended
    return ws

Stopping: `registry.send_away(sites.spread())` tells every device when to come back, and closes.
"""
