//! Whether a program answers yet: one HTTP request by hand, not worth a client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Whether a GET of the path is answered with 2xx.
pub(super) fn answers(port: u16, path: &str) -> bool {
    status(port, path).is_ok_and(|status| (200..300).contains(&status))
}

fn status(port: u16, path: &str) -> std::io::Result<u16> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // In one piece: `write!` on a socket sends a packet for each part of the format.
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    // "HTTP/1.1 200" and no more.
    let mut line = [0; 12];
    stream.read_exact(&mut line)?;
    let code = std::str::from_utf8(&line[9..]).ok().and_then(|code| code.parse().ok());
    code.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidData))
}

#[cfg(test)]
mod tests {
    use super::answers;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    #[test]
    fn only_a_good_answer_counts() {
        for (answer, good) in [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("an address").port();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("a connection");
                let request: Vec<_> = BufReader::new(&stream)
                    .lines()
                    .map(|line| line.expect("a line"))
                    .take_while(|line| !line.is_empty())
                    .collect();
                stream.write_all(answer.as_bytes()).expect("answered");
                request.join("\n")
            });
            assert_eq!(answers(port, "/readyz"), good, "{answer}");
            assert!(server.join().expect("served").starts_with("GET /readyz HTTP/1.1\n"));
        }
    }
}
