"""Pages and a JSON API over the store: `suowen web`. Nothing is fetched, and only corrections are stored.

auth.py          the access token, sessions, and the checks that every request passes
params.py        parse and validate query parameters and form fields
view_models.py   the values of each page, with private persons masked; a page and its JSON have the same values
highlight.py     split a text at its facts or at search hits
errors.py        error pages, and problem documents for the API
app.py           the routes
api.py           the operations of the API and their OpenAPI description, from api_models.py
feeds.py         Atom and JSON feeds, from feed_entries.py and feed_formats.py
mcp_endpoint.py  MCP over HTTP
server.py        the HTTP server and its shutdown
"""

from ingest.web.app import create_app
from ingest.web.server import serve

__all__ = ["create_app", "serve"]
