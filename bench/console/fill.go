package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/latchkey-iam/latchkey/internal/console"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/session"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/tokens"
)

// place is a database.
type place struct{ name, driver, address string }

// world is a full database behind the console, and somebody who is signed in.
type world struct {
	db           *store.DB
	handler      *console.Handler
	token        string
	org, project string
}

// userID is the id of one of the filled users, in the middle of them.
func userID(n int) string { return fmt.Sprintf("2%017d", n) }

const (
	issuer   = "http://localhost:8080"
	admin    = "admin"
	password = "correct horse battery"
)

// fill makes an instance with one large organization.
func fill(ctx context.Context, cfg store.Config, at place, dir string, users int) (_ *world, err error) {
	w := &world{}
	if w.db, err = store.Open(cfg); err != nil {
		return nil, err
	}
	if err := w.db.Migrate(ctx); err != nil {
		return nil, err
	}
	hasher := keyring.NewPasswordHasher(2)
	master, err := keyring.NewMasterKey()
	if err != nil {
		return nil, err
	}
	d := &directory.Directory{Store: w.db, Host: "localhost", Passwords: hasher, Keys: keyring.NewKeyMaker(1), Master: master, Now: time.Now}
	_, err = d.SetUp(ctx, directory.FirstInstance{
		OrgName: "Large", AdminUserName: admin, AdminPassword: password, MachineUserName: "root",
		PATPath: filepath.Join(dir, at.name+".pat"), SigningAlgorithm: keyring.ES256,
	})
	if err != nil {
		return nil, err
	}
	instance, err := w.db.Read().Instance(ctx)
	if err != nil {
		return nil, err
	}
	w.org = instance.DefaultOrgID
	keys, err := tokens.LoadKeys(ctx, w.db, master)
	if err != nil {
		return nil, err
	}
	lifetimes, err := tokens.LoadLifetimes(ctx, w.db)
	if err != nil {
		return nil, err
	}
	tokenKey, err := directory.TokenKey(instance, master)
	if err != nil {
		return nil, err
	}
	sealer, err := keyring.NewTokenSealer(tokenKey)
	if err != nil {
		return nil, err
	}
	issuer := &tokens.Issuer{
		URL: issuer, InternalProjectID: instance.InternalProjectID,
		Cache: tokens.NewCache(w.db, time.Minute), Keys: keys, Lifetimes: lifetimes, Sealer: sealer, Now: time.Now,
	}
	sessions := &session.Service{Store: w.db, Passwords: hasher, Now: time.Now}
	if w.handler, err = console.New(console.Config{Directory: d, Sessions: sessions, Tokens: issuer, Now: time.Now}); err != nil {
		return nil, err
	}
	began, err := sessions.SignIn(ctx, admin, keyring.Conceal(password), session.From{Address: "127.0.0.1"})
	if err != nil {
		return nil, err
	}
	w.token = began.Token.Reveal()
	signed, err := sessions.Resume(ctx, w.token)
	if err != nil {
		return nil, err
	}
	project, err := d.CreateProject(ctx, signed.Caller, directory.NewProject{OrgID: w.org, Name: "backend"})
	if err != nil {
		return nil, err
	}
	w.project = project.ID
	roles := []iam.Role{{Key: "chat.admin.all", Group: "chat"}, {Key: "chat.knowledge.write", Group: "chat"}}
	if _, err := d.AddRoles(ctx, signed.Caller, w.project, roles); err != nil {
		return nil, err
	}
	return w, w.fillRows(ctx, at, users)
}

// fillRows writes rows straight into the tables: through the operations it would
// take minutes. Nine of ten users are service users.
func (w *world) fillRows(ctx context.Context, at place, users int) error {
	db, err := sql.Open(at.driver, at.address)
	if err != nil {
		return err
	}
	defer db.Close()
	const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) `
	const id = `CAST(200000000000000000 + i AS TEXT)`
	from := fmt.Sprintf(numbers, users)
	for _, statement := range []string{
		`INSERT INTO users (id, org_id, type, state, user_name, user_name_folded, generation, name, description, access_token_type,
			first_name, first_name_folded, last_name, last_name_folded, nick_name, nick_name_folded, label, label_folded,
			preferred_language, gender, email, email_folded, email_verified, phone, phone_verified, password_hash, created, changed, seq)
		` + from + `SELECT ` + id + `, $1, CASE WHEN i % 10 = 0 THEN 'human' ELSE 'machine' END, 'active', 'connector-' || CAST(i AS TEXT),
			'connector-' || CAST(i AS TEXT), 1, 'connector ' || CAST(i AS TEXT), '', 'jwt', '', '', '', '', '', '',
			'connector ' || CAST(i AS TEXT), 'connector ' || CAST(i AS TEXT), '', '', '', '', FALSE, '', FALSE, '',
			1700000000000000 + i, 1700000000000000 + i, 1 FROM n WHERE $2 <> ''`,
		`INSERT INTO authorizations (id, user_id, project_id, grant_id, org_id, state, created, changed, seq)
		` + from + `SELECT ` + id + `, ` + id + `, $2, NULL, $1, 'active', 1700000000000000 + i, 1700000000000000 + i, 1 FROM n`,
		`INSERT INTO authorization_roles (authorization_id, project_id, role_key)
		` + from + `SELECT ` + id + `, $2, 'chat.admin.all' FROM n WHERE $1 <> ''`,
		`INSERT INTO events (seq, idx, type, aggregate, aggregate_id, org_id, project_id, grant_id, user_id, editor_id, created, payload)
		` + from + `SELECT 1000 + i, 0, 'user.machine.added', 'user', ` + id + `, $1, '', '', ` + id + `, 'system', 1700000000000000 + i,
			'{"after":{"name":"connector"}}' FROM n WHERE $2 <> ''`,
		`UPDATE feed SET seq = seq + 2000000 WHERE $1 <> '' AND $2 <> ''`,
	} {
		if err := w.exec(ctx, db, statement); err != nil {
			return fmt.Errorf("%w in %.60s", err, statement)
		}
	}
	_, err = db.ExecContext(ctx, "ANALYZE")
	return err
}

// exec runs a statement whose arguments are the organization and the project.
func (w *world) exec(ctx context.Context, db *sql.DB, statement string) error {
	_, err := db.ExecContext(ctx, statement, w.org, w.project)
	return err
}

type namedPage struct{ name, path string }

// pages are what is measured.
func (w *world) pages() []namedPage {
	org := "/ui/console/orgs/" + w.org
	one := org + "/users/" + userID(50001)
	return []namedPage{
		{"sign-in", "/ui/login"},
		{"organization's home", org},
		{"users", org + "/users"},
		{"service users", org + "/users?type=machine"},
		{"service users, by name", org + "/users?type=machine&sort=name"},
		{"service users, page 1000", org + "/users?type=machine&page=1000"},
		{"service users, search", org + "/users?type=machine&q=connector-99999"},
		{"service users, search without result", org + "/users?type=machine&q=nothing-of-this-name"},
		{"new service user", org + "/users/new-service-user"},
		{"service user", one},
		{"service user's authorizations", one + "/authorizations"},
		{"new authorization: projects", one + "/authorizations/new"},
		{"service user's personal access tokens", one + "/tokens"},
		{"service user's quick start", one + "/quickstart"},
		{"service user's activity", one + "/activity"},
		{"delete the service user", one + "/delete"},
		{"projects", org + "/projects"},
		{"project's roles", org + "/projects/" + w.project + "/roles"},
		{"project's authorizations", org + "/projects/" + w.project + "/authorizations"},
		{"authorizations", org + "/authorizations"},
		{"authorizations, search", org + "/authorizations?q=connector-99999"},
		{"managers", org + "/managers"},
		{"activity", org + "/activity"},
		{"organizations", "/ui/console/orgs"},
		{"account", "/ui/console/account"},
	}
}
