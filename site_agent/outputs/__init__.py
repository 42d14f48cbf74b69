"""What an agent does to the world when it fires: run a command, call a URL. The full-screen page is the web's."""
