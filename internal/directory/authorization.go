package directory

import (
	"context"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// NewAuthorization says which roles a user is to hold on a project.
//
// OrgID is the organization that gives them: the project's own, or one that
// the project was granted to; then GrantID may name the project grant, or is
// looked up.
type NewAuthorization struct {
	UserID    string
	ProjectID string
	GrantID   string
	OrgID     string
	RoleKeys  []string
}

// CreateAuthorization gives a user roles on a project. Kinds: AlreadyExists;
// FailedPrecondition for roles that the project does not define or the grant
// does not lend.
func (d *Directory) CreateAuthorization(ctx context.Context, c iam.Caller, in NewAuthorization) (iam.Authorization, error) {
	var a iam.Authorization
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if a, err = d.place(ctx, tx, c, in); err != nil {
			return err
		}
		if err := reachableUser(ctx, tx.Reader, c, in.UserID, a.OrgID); err != nil {
			return err
		}
		if a.RoleKeys, err = assignable(ctx, tx, a, in.RoleKeys); err != nil {
			return err
		}
		if err := tx.AddAuthorization(&a); err != nil {
			return err
		}
		return tx.Record(authorizationEvent(iam.AuthorizationAdded, a, iam.Change(nil, iam.Fields{"roleKeys": a.RoleKeys})))
	})
	return a, err
}

// place finds by which right the authorization is given, and whether the
// caller may give it.
func (d *Directory) place(ctx context.Context, tx *store.Tx, c iam.Caller, in NewAuthorization) (iam.Authorization, error) {
	a := iam.Authorization{ID: iam.NewID(), UserID: in.UserID, ProjectID: in.ProjectID, OrgID: in.OrgID, State: iam.Active}
	if c.Nobody() {
		return a, nobody()
	}
	p, err := tx.Project(ctx, in.ProjectID)
	if err != nil {
		return a, found(c, iam.AuthorizationWrite, "project", err)
	}
	if a.OrgID == "" {
		a.OrgID = p.OrgID
	}
	if p.OrgID != a.OrgID || in.GrantID != "" {
		g, err := GrantRef{ProjectID: p.ID, GrantID: in.GrantID, GrantedOrgID: a.OrgID}.read(ctx, tx.Reader)
		if err == nil && g.GrantedOrgID != a.OrgID {
			err = iam.Errorf(iam.NotFound, "AUTHZ-grnt1", "project grant does not exist")
		}
		if err != nil {
			return a, found(c, iam.AuthorizationWrite, "project, or a grant of it to the organization,", err)
		}
		a.GrantID = g.ID
	}
	if err := c.Authorise(iam.AuthorizationWrite, a.Target(), "project"); err != nil {
		return a, err
	}
	if p.Internal {
		return a, iam.Errorf(iam.FailedPrecondition, "AUTHZ-int1x",
			"the internal project has no roles; make the user a manager instead")
	}
	return a, nil
}

// assignable checks that roles can be given by the right that the authorization has.
func assignable(ctx context.Context, tx *store.Tx, a iam.Authorization, keys []string) ([]string, error) {
	keys, err := iam.RoleKeys(keys)
	if err != nil {
		return nil, err
	}
	if a.GrantID != "" {
		lacking, err := tx.MissingGrantRoles(ctx, a.GrantID, keys)
		if err != nil {
			return nil, err
		}
		return keys, unknownRoles(lacking, "the project grant")
	}
	lacking, err := tx.MissingRoles(ctx, a.ProjectID, keys)
	if err != nil {
		return nil, err
	}
	return keys, unknownRoles(lacking, "the project")
}

func authorizationEvent(t iam.EventType, a iam.Authorization, payload []byte) iam.Event {
	return iam.Event{
		Type: t, Aggregate: iam.AggregateUserAuth, AggregateID: a.ID, OrgID: a.OrgID,
		ProjectID: a.ProjectID, GrantID: a.GrantID, UserID: a.UserID, Payload: payload,
	}
}

func findAuthorization(ctx context.Context, r store.Reader, c iam.Caller, p iam.Permission, userID, id string) (iam.Authorization, error) {
	if c.Nobody() {
		return iam.Authorization{}, nobody()
	}
	a, err := r.Authorization(ctx, id)
	if err == nil && userID != "" && a.UserID != userID {
		err = iam.Errorf(iam.NotFound, "AUTHZ-usr1x", "authorization does not exist")
	}
	if err != nil {
		return iam.Authorization{}, found(c, p, "authorization", err)
	}
	t := a.Target()
	if p.Reads() {
		t.UserID = a.UserID
	}
	if err := c.Authorise(p, t, "authorization"); err != nil {
		return iam.Authorization{}, err
	}
	return a, nil
}

// Authorization finds an authorization. userID is the user it must be of, or empty.
func (d *Directory) Authorization(ctx context.Context, c iam.Caller, userID, id string) (iam.Authorization, error) {
	return findAuthorization(ctx, d.Store.Read(), c, iam.AuthorizationRead, userID, id)
}

// Authorizations lists authorizations; everyone sees its own.
func (d *Directory) Authorizations(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Authorization], error) {
	reach, page, err := listArgs(c, iam.AuthorizationRead, page)
	if err != nil {
		return store.List[iam.Authorization]{}, err
	}
	return d.Store.Read().Authorizations(ctx, reach, f, page)
}

// UpdateAuthorization gives other roles instead. Kinds: FailedPrecondition for
// roles that cannot be given; Aborted when it is no longer as it was seen.
func (d *Directory) UpdateAuthorization(ctx context.Context, c iam.Caller, userID, id string, keys []string, seen iam.Version) (iam.Authorization, error) {
	var a iam.Authorization
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if a, err = findAuthorization(ctx, tx.Reader, c, iam.AuthorizationWrite, userID, id); err != nil {
			return err
		}
		before := iam.Fields{"roleKeys": a.RoleKeys}
		if a.RoleKeys, err = assignable(ctx, tx, a, keys); err != nil {
			return err
		}
		b, after, changed := iam.Diff(before, iam.Fields{"roleKeys": a.RoleKeys})
		if err := mayChange(changed, seen, a.Meta, "authorization"); err != nil {
			return err
		}
		if err := tx.SetAuthorization(&a); err != nil {
			return err
		}
		return tx.Record(authorizationEvent(iam.AuthorizationSet, a, iam.Change(b, after)))
	})
	return a, err
}

// DeactivateAuthorization switches an authorization off: its roles do not
// reach tokens any more.
func (d *Directory) DeactivateAuthorization(ctx context.Context, c iam.Caller, userID, id string) (iam.Authorization, error) {
	return d.setAuthorizationState(ctx, c, userID, id, iam.Inactive, iam.AuthorizationOff)
}

// ReactivateAuthorization is the reverse of [Directory.DeactivateAuthorization].
func (d *Directory) ReactivateAuthorization(ctx context.Context, c iam.Caller, userID, id string) (iam.Authorization, error) {
	return d.setAuthorizationState(ctx, c, userID, id, iam.Active, iam.AuthorizationOn)
}

func (d *Directory) setAuthorizationState(ctx context.Context, c iam.Caller, userID, id string, to iam.State, event iam.EventType) (iam.Authorization, error) {
	var a iam.Authorization
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if a, err = findAuthorization(ctx, tx.Reader, c, iam.AuthorizationWrite, userID, id); err != nil {
			return err
		}
		return switchState("authorization", &a.State, to, func() error {
			if err := tx.SetAuthorization(&a); err != nil {
				return err
			}
			return tx.Record(authorizationEvent(event, a, nil))
		})
	})
	return a, err
}

// RemoveAuthorization takes a user's roles on a project away.
func (d *Directory) RemoveAuthorization(ctx context.Context, c iam.Caller, userID, id string) (iam.Authorization, error) {
	var a iam.Authorization
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		a, err = removeAuthorization(ctx, tx, c, userID, id)
		return err
	})
	return a, err
}

// RemoveAuthorizations removes several, all or none.
func (d *Directory) RemoveAuthorizations(ctx context.Context, c iam.Caller, ids []string) error {
	return d.write(ctx, c, func(tx *store.Tx) error {
		if len(ids) == 0 || len(ids) > iam.MaxLimit {
			return iam.Errorf(iam.InvalidArgument, "AUTHZ-cnt1x", "between 1 and %d authorizations must be named", iam.MaxLimit)
		}
		for _, id := range ids {
			if _, err := removeAuthorization(ctx, tx, c, "", id); err != nil {
				return err
			}
		}
		return nil
	})
}

func removeAuthorization(ctx context.Context, tx *store.Tx, c iam.Caller, userID, id string) (iam.Authorization, error) {
	a, err := findAuthorization(ctx, tx.Reader, c, iam.AuthorizationDelete, userID, id)
	if err != nil {
		return a, err
	}
	if err := tx.RemoveAuthorization(id); err != nil {
		return a, err
	}
	a.Meta = tx.Stamp(a.Meta)
	return a, tx.Record(authorizationEvent(iam.AuthorizationRemove, a, iam.Change(iam.Fields{"roleKeys": a.RoleKeys}, nil)))
}

// RoleTexts is how the roles of several projects are shown.
type RoleTexts map[string]map[string]iam.Role // by project and key

// Of returns one role, with its key alone if nothing more is known.
func (t RoleTexts) Of(projectID, key string) iam.Role {
	if r, ok := t[projectID][key]; ok {
		return r
	}
	return iam.Role{ProjectID: projectID, Key: key}
}

// DescribedAuthorizations is [Directory.Authorizations] with the display names
// and groups of the roles: who may see an authorization may know what it gives.
func (d *Directory) DescribedAuthorizations(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Authorization], RoleTexts, error) {
	l, err := d.Authorizations(ctx, c, f, page)
	if err != nil {
		return l, nil, err
	}
	texts := RoleTexts{}
	var projects, keys []string
	for _, a := range l.Items {
		if texts[a.ProjectID] == nil {
			texts[a.ProjectID] = map[string]iam.Role{}
			projects = append(projects, a.ProjectID)
		}
		keys = append(keys, a.RoleKeys...)
	}
	slices.Sort(keys)
	for some := range slices.Chunk(slices.Compact(keys), iam.MaxLimit) {
		page := iam.Page{Limit: uint64(len(projects) * len(some))}
		roles, err := d.Store.Read().Roles(ctx, iam.Reach{ProjectIDs: projects}, iam.FieldKey.In(some), page)
		if err != nil {
			return l, nil, err
		}
		for _, r := range roles.Items {
			texts[r.ProjectID][r.Key] = r
		}
	}
	return l, texts, nil
}
