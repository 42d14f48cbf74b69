"""Alerts to people who are not looking at the wall: e-mail, webhooks and whatever else Apprise reaches (SMS, Zalo gateways).

- matters.py: what needs a person now, from the state (pure)
- book.py: what of it is told when: grouped, repeated quietly, recovered (pure)
- words.py: the messages (pure)
- gateways.py: DATA/alerts.toml, where to
- sender.py: a child process with a time limit; child.py is what runs in it
- service.py: ties them together
"""
