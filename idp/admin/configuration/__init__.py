"""Configuration as code: what the database holds of clients, roles and upstreams, as one TOML file.

    file --parsed--> document --read--> wanted --+
                                                 +--compared--> plan, by member
    database --------------------------> now ----+

`toml` writes values, `places` tells on which line a thing stands, `client_members` turns a client into its table and
back, `document` reads a whole file and collects every fault, `difference` compares. Pure: the acts bring what the
database holds and do what a plan says. Secrets are in no file: a client's stay where they are, by digest.
"""
