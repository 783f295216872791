package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// AddRoles defines one or several roles on a project, all or none. Kind:
// AlreadyExists when one is there already.
func (d *Directory) AddRoles(ctx context.Context, c iam.Caller, projectID string, roles []iam.Role) ([]iam.Role, error) {
	var out []iam.Role
	err := d.write(ctx, c, func(tx *store.Tx) error {
		p, err := findProject(ctx, tx.Reader, c, iam.RoleWrite, projectID)
		if err != nil {
			return err
		}
		if len(roles) == 0 || len(roles) > iam.MaxLimit {
			return iam.Errorf(iam.InvalidArgument, "ROLE-cnt1x", "between 1 and %d roles must be given", iam.MaxLimit).At(iam.FieldRoles)
		}
		out = out[:0]
		for i, r := range roles {
			if err := iam.CheckRole(r); err != nil {
				return which(err, i, len(roles))
			}
			r.ProjectID, r.OrgID = p.ID, p.OrgID
			if err := tx.AddRole(&r); err != nil {
				if iam.Is(err, iam.AlreadyExists) {
					return iam.Errorf(iam.AlreadyExists, "ROLE-dup1x", "role %q already exists", r.Key).At(iam.FieldKey)
				}
				return err
			}
			err := tx.Record(projectEvent(iam.RoleAdded, p, iam.Change(nil, roleFields(r))))
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

// which says of several roles given at once which one is wrong: by its place,
// since it is often the key that is.
func which(err error, i, of int) error {
	if e, ok := errors.AsType[*iam.Error](err); ok && of > 1 {
		e.Message = fmt.Sprintf("role %d: %s", i+1, e.Message)
	}
	return err
}

func roleFields(r iam.Role) iam.Fields {
	return iam.Fields{"key": r.Key, "displayName": r.DisplayName, "group": r.Group}
}

// RoleChange is what [Directory.UpdateRole] changes; nil leaves as it is.
type RoleChange struct {
	DisplayName *string
	Group       *string
	Seen        iam.Version
}

// UpdateRole changes a role's display name and group. Kind: Aborted when it is
// no longer as it was seen.
func (d *Directory) UpdateRole(ctx context.Context, c iam.Caller, projectID, key string, in RoleChange) (iam.Role, error) {
	var r iam.Role
	err := d.write(ctx, c, func(tx *store.Tx) error {
		p, err := findProject(ctx, tx.Reader, c, iam.RoleWrite, projectID)
		if err != nil {
			return err
		}
		if r, err = tx.Role(ctx, projectID, key); err != nil {
			return err
		}
		before := roleFields(r)
		patch(&r.DisplayName, in.DisplayName)
		patch(&r.Group, in.Group)
		if err := iam.CheckRole(r); err != nil {
			return err
		}
		b, a, changed := iam.Diff(before, roleFields(r))
		if err := mayChange(changed, in.Seen, r.Meta, "role"); err != nil {
			return err
		}
		b["key"], a["key"] = key, key
		if err := tx.SetRole(&r); err != nil {
			return err
		}
		return tx.Record(projectEvent(iam.RoleChanged, p, iam.Change(b, a)))
	})
	return r, err
}

// RemoveRole removes a role from its project, from every grant of the project
// and from every authorization. It returns the role as it was.
func (d *Directory) RemoveRole(ctx context.Context, c iam.Caller, projectID, key string) (iam.Role, error) {
	var r iam.Role
	err := d.write(ctx, c, func(tx *store.Tx) error {
		p, err := findProject(ctx, tx.Reader, c, iam.RoleDelete, projectID)
		if err != nil {
			return err
		}
		if r, err = tx.Role(ctx, projectID, key); err != nil {
			return err
		}
		if err := tx.RemoveRole(projectID, key); err != nil {
			return err
		}
		r.Meta = tx.Stamp(r.Meta)
		return tx.Record(projectEvent(iam.RoleRemoved, p, iam.Change(roleFields(r), nil)))
	})
	return r, err
}

// Roles lists the roles of one project.
func (d *Directory) Roles(ctx context.Context, c iam.Caller, projectID string, f iam.Filter, page iam.Page) (store.List[iam.Role], error) {
	var none store.List[iam.Role]
	if _, err := findProject(ctx, d.Store.Read(), c, iam.RoleRead, projectID); err != nil {
		return none, err
	}
	page, err := page.Check()
	if err != nil {
		return none, err
	}
	return d.Store.Read().Roles(ctx, iam.Reach{ProjectIDs: []string{projectID}}, f, page)
}

// maxGroups bounds how many groups a choice among them offers.
const maxGroups = 200

// RoleGroups lists the groups of one project's roles, the first 200 in order.
func (d *Directory) RoleGroups(ctx context.Context, c iam.Caller, projectID string) ([]string, error) {
	if _, err := findProject(ctx, d.Store.Read(), c, iam.RoleRead, projectID); err != nil {
		return nil, err
	}
	return d.Store.Read().RoleGroups(ctx, projectID, maxGroups)
}

// GrantedRoles lists the roles that a project grant lends, for those who received it.
func (d *Directory) GrantedRoles(ctx context.Context, c iam.Caller, projectID, grantID string, f iam.Filter, page iam.Page) (store.List[iam.Role], error) {
	var none store.List[iam.Role]
	g, err := d.GrantedProject(ctx, c, projectID, grantID)
	if err != nil {
		return none, err
	}
	if page, err = page.Check(); err != nil {
		return none, err
	}
	return d.Store.Read().Roles(ctx, iam.Reach{ProjectIDs: []string{g.ProjectID}}, both(iam.FieldKey.In(g.RoleKeys), f), page)
}

// unknownRoles says which role keys cannot be given. Kind: FailedPrecondition.
func unknownRoles(lacking []string, by string) error {
	if len(lacking) == 0 {
		return nil
	}
	return iam.Errorf(iam.FailedPrecondition, "ROLE-miss1", "%s does not have the role %s", by, strings.Join(lacking, ", ")).
		At(iam.FieldRoleKey)
}
