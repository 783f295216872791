package store

import (
	"context"
	"encoding/json"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const applicationColumns = `a.id, a.project_id, p.org_id, a.name, a.state, a.type, a.client_id, a.auth_method, a.secret,
	a.config, a.created, a.changed, a.seq`

const applicationFrom = `applications a JOIN projects p ON p.id = a.project_id`

func scanApplication(s scanner) (iam.Application, error) {
	var a iam.Application
	var m metaScan
	var config string
	err := s.Scan(&a.ID, &a.ProjectID, &a.OrgID, &a.Name, &a.State, &a.Type, &a.ClientID, &a.AuthMethod, &a.Secret,
		&config, &m.created, &m.changed, &m.seq)
	if err != nil {
		return a, err
	}
	a.Meta = m.meta()
	return a, json.Unmarshal([]byte(config), &a.OIDC)
}

// Application finds an application by id. Kind: NotFound.
func (r Reader) Application(ctx context.Context, id string) (iam.Application, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+applicationColumns+` FROM `+applicationFrom+` WHERE a.id = $1`, id),
		"application", scanApplication)
}

func applicationListing() listing {
	return listing{
		columns: applicationColumns, from: applicationFrom, created: "a.created", id: "a.id",
		reach: reachColumns{org: "p.org_id", project: "a.project_id"},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "a.id"}, iam.FieldName: {expr: "a.name", folded: "a.name_folded"},
			iam.FieldProjectID: {expr: "a.project_id"}, iam.FieldOrgID: {expr: "p.org_id"}, iam.FieldState: {expr: "a.state"},
			iam.FieldApplicationType: {expr: "a.type"}, iam.FieldClientID: {expr: "a.client_id"},
			iam.FieldCreated: {expr: "a.created", time: true}, iam.FieldChanged: {expr: "a.changed", time: true},
		},
	}
}

// Applications lists applications.
func (r Reader) Applications(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Application], error) {
	return list(ctx, r, "applications", applicationListing(), reach, f, page, scanApplication)
}

// ClientIDTaken reports whether an application has a client_id, or a user a name
// that equals it, which is its client_id.
func (r Reader) ClientIDTaken(ctx context.Context, clientID string) (bool, error) {
	var taken bool
	err := r.q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM applications WHERE client_id = $1)
		OR EXISTS (SELECT 1 FROM users WHERE user_name_folded = $2)`, clientID, iam.Fold(clientID)).Scan(&taken)
	return taken, fault("look for a client_id", err)
}

// refuseClientID refuses a user name that is the client_id of an application.
// Those are digits, which have no case. Kind: AlreadyExists.
func (tx *Tx) refuseClientID(userName string) error {
	var taken bool
	err := tx.q.QueryRowContext(tx.ctx, `SELECT EXISTS (SELECT 1 FROM applications WHERE client_id = $1)`, userName).Scan(&taken)
	if err == nil && taken {
		return iam.Errorf(iam.AlreadyExists, "STORE-clid1", "user already exists")
	}
	return fault("look for a client_id", err)
}

// AddApplication creates an application. Kind: AlreadyExists for its id or
// client_id, or its name in the project.
func (tx *Tx) AddApplication(a *iam.Application) error {
	config, err := json.Marshal(a.OIDC)
	if err != nil {
		return fault("write application", err)
	}
	a.Meta = tx.Stamp(a.Meta)
	return tx.exec("application", `INSERT INTO applications (id, project_id, name, name_folded, state, type, client_id,
		auth_method, secret, config, created, changed, seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		a.ID, a.ProjectID, a.Name, iam.Fold(a.Name), a.State, a.Type, a.ClientID,
		a.AuthMethod, a.Secret, string(config), micros(a.Created), micros(a.Changed), a.Sequence)
}

// SetApplication writes everything of an application but its project, type and
// client_id. Kinds: NotFound, AlreadyExists.
func (tx *Tx) SetApplication(a *iam.Application) error {
	config, err := json.Marshal(a.OIDC)
	if err != nil {
		return fault("write application", err)
	}
	a.Meta = tx.Stamp(a.Meta)
	return tx.exec("application", `UPDATE applications SET name = $2, name_folded = $3, state = $4, auth_method = $5,
		secret = $6, config = $7, changed = $8, seq = $9 WHERE id = $1`,
		a.ID, a.Name, iam.Fold(a.Name), a.State, a.AuthMethod, a.Secret, string(config), micros(a.Changed), a.Sequence)
}

// RemoveApplication removes an application with its keys. Kind: NotFound.
func (tx *Tx) RemoveApplication(id string) error {
	return tx.exec("application", `DELETE FROM applications WHERE id = $1`, id)
}
