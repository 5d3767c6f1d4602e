"""Tools that an assistant may call over the Model Context Protocol (MCP): `suowen mcp`, and /mcp of `suowen web`.

answers.py   the answers, each with quotes, offsets, URLs and the commit to cite
server.py    the MCP server, made with the package mcp: the tools over stdio
asgi_bridge.py  the same tools for one HTTP request, called by the web application
"""
