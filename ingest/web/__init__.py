"""Pages and an API over the store, for people who may see it: `suowen web`. No page writes but the two that are asked
to keep a person's word on a fact; nothing here fetches.

    access.py   the token, sessions, and what every request passes before a page is looked up
    asked.py    what a request asks -> values, or why it cannot be asked
    views.py    the store -> the values of each page, private persons masked; a page and its JSON are the same values
    marking.py  a text with its facts marked in it; a text with hits
    app.py      addresses, errors, forms: the parts put together
    serve.py    the server and its end
"""

from ingest.web.app import create_app
from ingest.web.server import serve

__all__ = ["create_app", "serve"]
