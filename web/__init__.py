"""Pages, scripts and styles as package data: see `server.endpoints` and `site_agent.hall` for who serves them."""
