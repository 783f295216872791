package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/server"
)

// masterKey seals what is in the kept databases, which hold nothing of worth.
const masterKey = "benchmarks-have-no-secrets-at-all"

// request is one page of a list as a client asks for it, end to end.
type request struct{ name, path, org, body string }

func requests(s sizes) []request {
	const contains = `"method": "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE"`
	const begins = `"method": "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"`
	large := orgID(1)
	return []request{
		{"v1 users of the large organization", "/management/v1/users/_search", large, `{}`},
		{"v1 users, user name contains 7777", "/management/v1/users/_search", large, `{"queries": [{"userNameQuery": {"userName": "7777", ` + contains + `}}]}`},
		{"v1 authorizations of the large organization", "/management/v1/users/grants/_search", large, `{}`},
		{"v1 authorizations, user name contains 7777", "/management/v1/users/grants/_search", large, `{"queries": [{"userNameQuery": {"userName": "7777", ` + contains + `}}]}`},
		{"v1 authorizations of a user", "/management/v1/users/grants/_search", large, `{"queries": [{"userIdQuery": {"userId": "` + userID(500) + `"}}]}`},
		{"v1 events", "/admin/v1/events/_search", "", `{"limit": 100}`},
		{"v1 organizations", "/admin/v1/orgs/_search", "", `{}`},
		{"v2 users of the instance", "/v2/users", "", `{}`},
		{"v2 users, user name = " + userName(s.users), "/v2/users", "", `{"queries": [{"userNameQuery": {"userName": "` + userName(s.users) + `"}}]}`},
		{"v2 users, user name begins with svc-7777", "/v2/users", "", `{"queries": [{"userNameQuery": {"userName": "svc-7777", ` + begins + `}}]}`},
		{"v2 authorizations of the instance", "/zitadel.authorization.v2.AuthorizationService/ListAuthorizations", "", `{}`},
	}
}

// endToEnd serves the database on loopback and asks over HTTP, as the first
// service user, which owns the instance.
func endToEnd(ctx context.Context, o options, at place, dir string) (_ []time.Duration, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	pat := filepath.Join(dir, at.name+".pat")
	cfg := server.Config{
		Listen: address, ExternalURL: "http://" + address, DataDir: dir, MasterKey: masterKey[:32], StaleMax: time.Minute,
		First: server.FirstInstance{
			OrgName: "Benchmarks", AdminUserName: "admin", MachineUserName: "benchmarks", MachinePATPath: pat, SigningAlgorithm: keyring.ES256,
		},
	}
	if at.driver == "pgx" {
		cfg.DatabaseURL = at.address
	}
	node, err := server.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(pat)
	if err != nil {
		return nil, errors.Join(err, node.Close())
	}
	serving, stop := context.WithCancel(ctx)
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- node.Serve(serving, io.Discard, func(net.Addr) { close(ready) }) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended, node.Close())
	}()
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		return nil, err
	}
	var out []time.Duration
	for _, q := range requests(o.sizes) {
		var took []time.Duration
		for i := range o.rounds + warmUp {
			start := time.Now()
			if err := q.send(ctx, cfg.ExternalURL, strings.TrimSpace(string(token))); err != nil {
				return nil, fmt.Errorf("%s: %w", q.name, err)
			}
			if i >= warmUp {
				took = append(took, time.Since(start))
			}
		}
		slices.Sort(took)
		out = append(out, took[len(took)/2])
		fmt.Fprintf(os.Stderr, "%8.1f ms  %s\n", ms(out[len(out)-1]), q.name)
	}
	return out, nil
}

func (q request) send(ctx context.Context, base, token string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+q.path, bytes.NewBufferString(q.body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if q.org != "" {
		r.Header.Set("X-Zitadel-Orgid", q.org)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", answer.Status, body)
	}
	return err
}

// reportRequests prints what a client waits for.
func reportRequests(o options, columns [2][]time.Duration) {
	fmt.Println("\n| request over HTTP | SQLite | PostgreSQL |")
	fmt.Println("|---|---|---|")
	for i, q := range requests(o.sizes) {
		var line [2]string
		for k, c := range columns {
			if i < len(c) {
				line[k] = fmt.Sprintf("%.1f ms", ms(c[i]))
			}
		}
		fmt.Println("| " + q.name + " | " + strings.Join(line[:], " | ") + " |")
	}
}
