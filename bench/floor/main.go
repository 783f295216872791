// Command floor is what a token endpoint in Go cannot do without: the yardstick
// beside which `make bench` puts the server.
//
// It parses the form and the Basic header, compares one SHA-256 in constant
// time, signs the claims and writes the answer, from memory: no database, no
// cache, no log, no limits. With -bare-size it does not even that and writes a
// body of so many bytes. It shares no code with the server.
package main

import (
	"bufio"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

// run serves until the process is ended. It prints the URL that it serves.
func run(arguments []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("floor", flag.ContinueOnError)
	algorithm := flags.String("alg", "RS256", "RS256, ES256 or EdDSA")
	credentials := flags.String("credentials", "", "file of lines: client id, tab, secret")
	projectID := flags.String("project", "", "id of the project that tokens are for")
	bareSize := flags.Int("bare-size", 0, "only write a body of so many bytes")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	issuer := "http://" + listener.Addr().String()
	var handler http.Handler
	if *bareSize > 0 {
		handler, err = newBareHandler(*bareSize)
	} else {
		handler, err = newTokenHandlerFromFile(*algorithm, *credentials, issuer, *projectID)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, issuer); err != nil {
		return err
	}
	return http.Serve(listener, handler)
}

func newTokenHandlerFromFile(algorithm, path, issuer, projectID string) (*tokenHandler, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	clients, err := readClients(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	sign, _, err := newSigner(algorithm)
	if err != nil {
		return nil, err
	}
	return newTokenHandler(algorithm, sign, clients, issuer, projectID), nil
}

// readClients reads lines of client id, tab and secret.
func readClients(r io.Reader) (map[string]client, error) {
	clients := make(map[string]client)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		id, secret, found := strings.Cut(lines.Text(), "\t")
		if !found {
			return nil, fmt.Errorf("line %d has no tab", len(clients)+1)
		}
		clients[id] = client{
			userID:     fmt.Sprintf("%018d", 300_000_000_000_000_000+len(clients)),
			secretHash: sha256.Sum256([]byte(secret)),
		}
	}
	return clients, lines.Err()
}
