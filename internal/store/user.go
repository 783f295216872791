package store

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const userColumns = `u.id, u.org_id, u.type, u.state, u.user_name, u.generation, u.name, u.description, u.access_token_type,
	u.first_name, u.last_name, u.nick_name, u.label, u.preferred_language, u.gender, u.email, u.email_verified,
	u.phone, u.phone_verified, u.password_hash, u.password_change, u.created, u.changed, u.seq,
	EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = u.id AND c.kind = 'secret')`

func scanUser(s scanner) (iam.User, error) {
	var u iam.User
	var m metaScan
	var label string
	err := s.Scan(&u.ID, &u.OrgID, &u.Type, &u.State, &u.UserName, &u.Generation, &u.Name, &u.Description, &u.AccessTokenType,
		&u.FirstName, &u.LastName, &u.NickName, &label, &u.PreferredLanguage, &u.Gender, &u.Email, &u.EmailVerified,
		&u.Phone, &u.PhoneVerified, &u.PasswordHash, &u.PasswordChange, &m.created, &m.changed, &m.seq, &u.HasSecret)
	u.Meta = m.meta()
	if u.Type == iam.Human {
		u.DisplayName = label
	}
	return u, err
}

// User finds a user by id. Kind: NotFound.
func (r Reader) User(ctx context.Context, id string) (iam.User, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id), "user", scanUser)
}

// UserByName finds a user by user name, without regard to case. Kind: NotFound.
func (r Reader) UserByName(ctx context.Context, name string) (iam.User, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.user_name_folded = $1`, iam.Fold(name)),
		"user", scanUser)
}

func userListing() listing {
	return listing{
		columns: userColumns, from: "users u", keys: []string{"u.id"}, created: "u.created", id: "u.id",
		reach: reachColumns{org: "u.org_id", user: "u.id"},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "u.id", index: sorts}, iam.FieldUserName: {expr: "u.user_name", folded: "u.user_name_folded", index: sorts},
			iam.FieldOrgID: {expr: "u.org_id", index: groups}, iam.FieldUserType: {expr: "u.type"}, iam.FieldState: {expr: "u.state"},
			iam.FieldFirstName:   {expr: "u.first_name", folded: "u.first_name_folded", index: sparse},
			iam.FieldLastName:    {expr: "u.last_name", folded: "u.last_name_folded", index: sparse},
			iam.FieldNickName:    {expr: "u.nick_name", folded: "u.nick_name_folded", index: sparse},
			iam.FieldDisplayName: {expr: "u.label", folded: "u.label_folded", index: sorts},
			iam.FieldEmail:       {expr: "u.email", folded: "u.email_folded", index: sparse},
			iam.FieldPhone:       {expr: "u.phone"},
			iam.FieldMetadata:    {condition: withUserMetadata},
			iam.FieldCreated:     {expr: "u.created", time: true}, iam.FieldChanged: {expr: "u.changed", time: true},
		},
	}
}

// Users lists users.
func (r Reader) Users(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.User], error) {
	return list(ctx, r, "users", userListing(), reach, f, page, scanUser)
}

// UserNames returns how users are called by id, of those within reach.
func (r Reader) UserNames(ctx context.Context, reach iam.Reach, ids []string) (map[string]iam.UserNames, error) {
	names := make(map[string]iam.UserNames, len(ids))
	if reach.Empty() {
		return names, nil
	}
	l := userListing()
	l.reach.org = "coalesce(u.org_id, '')" // the index to take is that of the ids
	f := iam.FieldID.In(ids)
	if err := f.Check(); err != nil {
		return nil, err
	}
	q := query{d: r.d}
	among, err := q.filter(f, l.fields)
	if err != nil {
		return nil, err
	}
	_, err = many(ctx, r.q, "users", func(s scanner) (struct{}, error) {
		var id string
		var n iam.UserNames
		err := s.Scan(&id, &n.UserName, &n.Label)
		names[id] = n
		return struct{}{}, err
	}, "SELECT u.id, u.user_name, u.label FROM users u"+conditions(either(q.arms(reach, l)), among), q.args...)
	return names, err
}

// CountUsers counts users of one type.
func (r Reader) CountUsers(ctx context.Context, reach iam.Reach, t iam.UserType) (uint64, error) {
	return r.count(ctx, "users", userListing(), reach, iam.FieldUserType.Is(string(t)))
}

// userArgs are the columns that AddUser and SetUser write alike, from $2 on.
func userArgs(u *iam.User) []any {
	f := iam.Fold
	return []any{
		u.ID, u.State, u.UserName, f(u.UserName), u.Generation, u.Name, u.Description, u.AccessTokenType,
		u.FirstName, f(u.FirstName), u.LastName, f(u.LastName), u.NickName, f(u.NickName), u.Label(), f(u.Label()),
		u.PreferredLanguage, u.Gender, u.Email, f(u.Email), u.EmailVerified, u.Phone, u.PhoneVerified, u.PasswordHash,
		u.PasswordChange, micros(u.Changed), u.Sequence,
	}
}

// AddUser creates a user. Kind: AlreadyExists for its id or user name, also where
// an application has the name for a client_id.
func (tx *Tx) AddUser(u *iam.User) error {
	if err := tx.refuseClientID(u.UserName); err != nil {
		return err
	}
	u.Meta = tx.Stamp(u.Meta)
	return tx.exec("user", `INSERT INTO users (id, state, user_name, user_name_folded, generation, name, description,
		access_token_type, first_name, first_name_folded, last_name, last_name_folded, nick_name, nick_name_folded,
		label, label_folded, preferred_language, gender, email, email_folded, email_verified, phone, phone_verified,
		password_hash, password_change, changed, seq, org_id, type, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
		$21, $22, $23, $24, $25, $26, $27, $28, $29, $30)`,
		append(userArgs(u), u.OrgID, u.Type, micros(u.Created))...)
}

// SetUser writes everything of a user but its organization and type. Kinds:
// NotFound, AlreadyExists for its user name, as [Tx.AddUser].
func (tx *Tx) SetUser(u *iam.User) error {
	if err := tx.refuseClientID(u.UserName); err != nil {
		return err
	}
	u.Meta = tx.Stamp(u.Meta)
	return tx.exec("user", `UPDATE users SET state = $2, user_name = $3, user_name_folded = $4, generation = $5, name = $6,
		description = $7, access_token_type = $8, first_name = $9, first_name_folded = $10, last_name = $11,
		last_name_folded = $12, nick_name = $13, nick_name_folded = $14, label = $15, label_folded = $16,
		preferred_language = $17, gender = $18, email = $19, email_folded = $20, email_verified = $21, phone = $22,
		phone_verified = $23, password_hash = $24, password_change = $25, changed = $26, seq = $27 WHERE id = $1`, userArgs(u)...)
}

// ReplacePasswordHash writes another hash of the same password, unless another
// password was set meanwhile. It takes no place in the feed, since nothing changes
// for anybody: the password, its age and the user's generation stay.
func (db *DB) ReplacePasswordHash(ctx context.Context, userID, old, now string) error {
	_, err := db.directExec(ctx, "password hash", `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, userID, old, now)
	return err
}

// RemoveUser removes a user with its credentials, authorizations and memberships. Kind: NotFound.
func (tx *Tx) RemoveUser(id string) error {
	return tx.exec("user", `DELETE FROM users WHERE id = $1`, id)
}
