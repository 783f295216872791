package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Subject is everything about one service user that issuing and checking its
// tokens needs, as far as it is the user's own: its organization, projects and
// project grants are looked up on their own.
type Subject struct {
	UserID          string
	OrgID           string
	Type            iam.UserType
	State           iam.State
	UserName        string
	AccessTokenType iam.AccessTokenType
	Generation      int64
	Sequence        int64 // of the feed when it was read: nothing later is in it
	Credentials     []SubjectCredential
	Authorizations  []SubjectAuthorization // active ones, by id
}

// SubjectCredential is what verifies a credential.
type SubjectCredential struct {
	ID       string
	Kind     iam.CredentialKind
	Verifier []byte
	Expires  int64 // microseconds since 1970; 0 never
}

// SubjectAuthorization is an active authorization.
type SubjectAuthorization struct {
	ID        string
	ProjectID string
	GrantID   string
	OrgID     string
	RoleKeys  []string // sorted
}

// The three kinds of row of subjectQuery.
const (
	rowUser          = 1
	rowCredential    = 2
	rowAuthorization = 3
)

// subjectQuery reads a subject in one statement, so that the parts agree.
const subjectQuery = `WITH u AS (SELECT * FROM users WHERE %s = $1)
	SELECT 1, u.id, u.org_id, u.type, u.state, u.user_name, u.access_token_type, u.generation,
		(SELECT seq FROM feed WHERE id = 1), NULL FROM u
	UNION ALL
	SELECT 2, c.id, c.kind, '', '', '', '', c.expires, 0, c.verifier FROM credentials c JOIN u ON u.id = c.user_id
	UNION ALL
	SELECT 3, a.id, a.project_id, coalesce(a.grant_id, ''), a.org_id,
		(SELECT string_agg(ar.role_key, ' ' ORDER BY ar.role_key) FROM authorization_roles ar WHERE ar.authorization_id = a.id),
		'', 0, 0, NULL
	FROM authorizations a JOIN u ON u.id = a.user_id WHERE a.state = 'active'
	ORDER BY 1, 2`

// Subject reads a subject by its user's id. Kind: NotFound.
func (r Reader) Subject(ctx context.Context, userID string) (Subject, error) {
	return r.subject(ctx, "id", userID)
}

// SubjectByName reads a subject by its user name, without regard to case. Kind: NotFound.
func (r Reader) SubjectByName(ctx context.Context, name string) (Subject, error) {
	return r.subject(ctx, "user_name_folded", iam.Fold(name))
}

func (r Reader) subject(ctx context.Context, column, value string) (Subject, error) {
	var s Subject
	rows, err := r.q.QueryContext(ctx, fmt.Sprintf(subjectQuery, column), value)
	if isUnstorable(err) {
		return s, missing("user")
	}
	if err != nil {
		return s, fault("read subject", err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind int
		var id, b, c, d string
		var e, f sql.NullString
		var n, m int64
		var verifier []byte
		if err := rows.Scan(&kind, &id, &b, &c, &d, &e, &f, &n, &m, &verifier); err != nil {
			return s, fault("read subject", err)
		}
		switch kind {
		case rowUser:
			s = Subject{
				UserID: id, OrgID: b, Type: iam.UserType(c), State: iam.State(d), UserName: e.String,
				AccessTokenType: iam.AccessTokenType(f.String), Generation: n, Sequence: m,
			}
		case rowCredential:
			s.Credentials = append(s.Credentials,
				SubjectCredential{ID: id, Kind: iam.CredentialKind(b), Verifier: verifier, Expires: n})
		case rowAuthorization:
			s.Authorizations = append(s.Authorizations,
				SubjectAuthorization{ID: id, ProjectID: b, GrantID: c, OrgID: d, RoleKeys: words(e)})
		}
	}
	if err := rows.Err(); err != nil && !isUnstorable(err) {
		return s, fault("read subject", err)
	}
	if s.UserID == "" {
		return s, missing("user")
	}
	return s, nil
}

// UserOfPAT finds whose personal access token has this verifier, and the
// credential. Kind: NotFound.
func (r Reader) UserOfPAT(ctx context.Context, verifier []byte) (iam.Credential, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+credentialColumns+` FROM `+credentialFrom+`
		WHERE c.verifier = $1 AND c.kind = 'pat'`, verifier), "personal access token", scanCredential)
}

// UserIDByName finds a user's id by its user name, without regard to case. Kind: NotFound.
func (r Reader) UserIDByName(ctx context.Context, name string) (string, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT id FROM users WHERE user_name_folded = $1`, iam.Fold(name)), "user", scanText)
}
