"""TLS handshakes in memory: what a client would say of a server's certificate, without a socket."""

import ssl

from idp.demo.tls import TlsFiles


def handshake(files: TlsFiles, client: ssl.SSLContext, name: str) -> None:
    """Let a client connect by a name; raises `ssl.SSLError` where it refuses the server."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)
