"""The Mongo plan: what the server will be asked, as frozen data with slots."""
