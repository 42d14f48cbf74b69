"""`diemcau link ROLE`: links to hand out. Asking again prints the same link until it is revoked."""

from typing import Annotated

import typer

from server.ceremony.rules import Role
from server.cli.client import server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, out, print_json, print_table
from server.endpoints.links import Link, LinksRequest
from site_agent.units import SiteCode


def link(
    role: Annotated[str, typer.Argument(help="admin, tech, desk, caller, mc, host, presser hoặc viewer.")],
    site: Annotated[list[str] | None, typer.Option("--site", help="Mã điểm cầu (host); “all” là tất cả. Lặp lại được.")] = None,
    seat: Annotated[str, typer.Option("--seat", help="Chức danh hoặc ghế, không ghi họ tên; bỏ trống lấy <vai trò>-1.")] = "",
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """In liên kết cho một vai trò."""
    if role not in set(Role) - {Role.SYSTEM}:
        raise typer.BadParameter(f"Không có vai trò “{role}”.")
    if role == Role.HOST and not site:
        raise typer.BadParameter("Liên kết điểm cầu cần --site MÃ (hoặc --site all).")
    everywhere = site is not None and "all" in site
    request = LinksRequest(
        role=Role(role),
        sites="all" if everywhere else tuple(map(SiteCode, site or ())),
        seat=seat or ("" if role in {Role.HOST, Role.VIEWER} else f"{role}-1"),
    )

    async def work() -> list[Link]:
        async with server_of(data) as server:
            return await server.json("POST", "/api/v1/links", list[Link], body=request)

    links = run(work(), as_json=as_json)
    if as_json:
        print_json(links)
    elif len(links) == 1:
        out.print(links[0].url, soft_wrap=True, highlight=False)
    else:
        print_table("Liên kết", ("Điểm cầu", "Liên kết"), ((each.site, each.url) for each in links))
