package store

import (
	"context"
	"database/sql"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const projectColumns = `p.id, p.org_id, p.name, p.state, p.role_assertion, p.role_check, p.project_check,
	p.private_labeling, p.internal, p.created, p.changed, p.seq`

func scanProject(s scanner) (iam.Project, error) {
	var p iam.Project
	var m metaScan
	err := s.Scan(&p.ID, &p.OrgID, &p.Name, &p.State, &p.RoleAssertion, &p.RoleCheck, &p.ProjectCheck,
		&p.PrivateLabeling, &p.Internal, &m.created, &m.changed, &m.seq)
	p.Meta = m.meta()
	return p, err
}

// Project finds a project by id, the internal one too. Kind: NotFound.
func (r Reader) Project(ctx context.Context, id string) (iam.Project, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+projectColumns+` FROM projects p WHERE p.id = $1`, id), "project", scanProject)
}

func projectListing() listing {
	return listing{
		columns: projectColumns, from: "projects p", keys: []string{"p.id"}, created: "p.created", id: "p.id",
		reach: reachColumns{org: "p.org_id", project: "p.id"},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "p.id", index: sorts}, iam.FieldName: {expr: "p.name", folded: "p.name_folded", index: sorts},
			iam.FieldOrgID: {expr: "p.org_id"}, iam.FieldState: {expr: "p.state"},
			iam.FieldCreated: {expr: "p.created", time: true}, iam.FieldChanged: {expr: "p.changed", time: true},
		},
	}
}

// Projects lists projects, without the internal one.
func (r Reader) Projects(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Project], error) {
	return list(ctx, r, "projects", ordinaryProjects(), reach, f, page, scanProject)
}

func ordinaryProjects() listing {
	l := projectListing()
	l.from = "(SELECT * FROM projects WHERE NOT internal) p"
	return l
}

// CountProjects counts projects, without the internal one.
func (r Reader) CountProjects(ctx context.Context, reach iam.Reach) (uint64, error) {
	return r.count(ctx, "projects", ordinaryProjects(), reach, iam.Filter{})
}

// AddProject creates a project. Kind: AlreadyExists for its id, or its name in the organization.
func (tx *Tx) AddProject(p *iam.Project) error {
	p.Meta = tx.Stamp(p.Meta)
	return tx.exec("project", `INSERT INTO projects (id, org_id, name, name_folded, state, role_assertion, role_check,
		project_check, private_labeling, internal, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		p.ID, p.OrgID, p.Name, iam.Fold(p.Name), p.State, p.RoleAssertion, p.RoleCheck,
		p.ProjectCheck, p.PrivateLabeling, p.Internal, micros(p.Created), micros(p.Changed), p.Sequence)
}

// SetProject writes a project's name, state and options. Kinds: NotFound, AlreadyExists.
func (tx *Tx) SetProject(p *iam.Project) error {
	p.Meta = tx.Stamp(p.Meta)
	return tx.exec("project", `UPDATE projects SET name = $2, name_folded = $3, state = $4, role_assertion = $5,
		role_check = $6, project_check = $7, private_labeling = $8, changed = $9, seq = $10 WHERE id = $1`,
		p.ID, p.Name, iam.Fold(p.Name), p.State, p.RoleAssertion,
		p.RoleCheck, p.ProjectCheck, p.PrivateLabeling, micros(p.Changed), p.Sequence)
}

// RemoveProject removes a project with its roles, grants, authorizations and applications. Kind: NotFound.
func (tx *Tx) RemoveProject(id string) error {
	return tx.exec("project", `DELETE FROM projects WHERE id = $1`, id)
}

// ProjectForTokens is what the joining of a token needs of a project: its
// owner, whether it is active, and which roles it still defines. The sequence
// is that of the last change of the project or of any of its roles. Kind: NotFound.
func (r Reader) ProjectForTokens(ctx context.Context, id string) (iam.Project, []string, error) {
	var keys sql.NullString
	var newest int64
	p, err := one(r.q.QueryRowContext(ctx, `SELECT `+projectColumns+`,
		(SELECT string_agg(key, ' ' ORDER BY key) FROM roles WHERE project_id = p.id),
		(SELECT coalesce(max(seq), 0) FROM roles WHERE project_id = p.id)
		FROM projects p WHERE p.id = $1`, id), "project", func(s scanner) (iam.Project, error) {
		return scanProject(extra{s, []any{&keys, &newest}})
	})
	p.Sequence = max(p.Sequence, newest)
	return p, words(keys), err
}

// extra scans further columns behind those that a scan function knows.
type extra struct {
	scanner
	more []any
}

func (e extra) Scan(dest ...any) error { return e.scanner.Scan(append(dest, e.more...)...) }
