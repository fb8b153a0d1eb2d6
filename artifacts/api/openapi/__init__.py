"""The API as a document: OpenAPI 3.1 for programs, and a page for people.

    routes + enabled types -> document -> /openapi.json
                                       -> page     -> /docs

`places` spreads the routes over the types, `operations` says what each of their methods does, and
the other modules say it of parts: parameters, filters, schemas and answers.
"""
