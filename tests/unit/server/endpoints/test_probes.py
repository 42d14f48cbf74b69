from server.ceremony.rules import Role


async def test_alive_and_ready_are_two_questions(door):
    async with door.client.get("/healthz") as answer:
        assert await answer.json() == {"status": "ok"}
    async with door.client.get("/readyz") as answer:
        assert answer.status == 200
    door.engine.tell_problem("Ổ đĩa đầy.")
    async with door.client.get("/readyz") as answer:
        assert (answer.status, await answer.json()) == (503, {"ready": False, "problem": "Ổ đĩa đầy."})
    async with door.client.get("/healthz") as answer:
        assert answer.status == 200


async def test_metrics_need_their_own_token_and_name_no_site(door):
    async with door.client.get("/metrics", headers=door.headers(Role.ADMIN)) as answer:
        assert answer.status == 401
    async with door.client.get("/metrics", headers={"Authorization": "Bearer so-lieu-giam-sat-0123"}) as answer:
        assert answer.status == 200
        text = await answer.text()
    assert "diemcau_http_requests_total" in text
    assert 'site="' not in text


async def test_without_a_token_there_are_no_metrics_on_the_main_listener(door):
    door.services.metrics_token = ""
    async with door.client.get("/metrics", headers={"Authorization": "Bearer "}) as answer:
        assert answer.status == 404
