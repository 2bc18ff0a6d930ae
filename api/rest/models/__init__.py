"""The JSON of REST as OpenAPI describes it: what is sent is checked here, what is answered is described here."""
