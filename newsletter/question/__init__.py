"""The one short "why?": its answers by code, their wording by version and language, and what each says of a machine."""
