package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// CreateProjectGrant lends a project with some of its roles to another
// organization. Kinds: AlreadyExists; NotFound for the organization too;
// FailedPrecondition for roles that the project does not define. Errors name
// [iam.FieldGrantedOrgID] or [iam.FieldRoleKey].
func (d *Directory) CreateProjectGrant(ctx context.Context, c iam.Caller, projectID, orgID string, keys []string) (iam.ProjectGrant, error) {
	var g iam.ProjectGrant
	err := d.write(ctx, c, func(tx *store.Tx) error {
		p, err := findProject(ctx, tx.Reader, c, iam.ProjectGrantWrite, projectID)
		if err != nil {
			return err
		}
		to, err := tx.Org(ctx, orgID)
		if iam.Is(err, iam.NotFound) {
			return iam.Errorf(iam.NotFound, "GRANT-org1x", "organization does not exist").At(iam.FieldGrantedOrgID)
		}
		if err != nil {
			return err
		}
		if to.ID == p.OrgID {
			return iam.Errorf(iam.InvalidArgument, "GRANT-self1", "a project cannot be granted to its own organization").
				At(iam.FieldGrantedOrgID)
		}
		g = iam.ProjectGrant{
			ID: iam.NewID(), ProjectID: p.ID, OrgID: p.OrgID, GrantedOrgID: to.ID, State: iam.Active,
			ProjectName: p.Name, ProjectState: p.State, GrantedOrgName: to.Name,
		}
		if g.RoleKeys, err = grantable(ctx, tx, p.ID, keys); err != nil {
			return err
		}
		if err := tx.AddProjectGrant(&g); err != nil {
			return taken(err, iam.FieldGrantedOrgID, "GRANT-dup1x", "the project is already granted to this organization")
		}
		return tx.Record(grantEvent(iam.ProjectGrantAdded, g, iam.Change(nil, iam.Fields{
			"grantedOrgId": g.GrantedOrgID, "roleKeys": g.RoleKeys,
		})))
	})
	return g, err
}

func grantable(ctx context.Context, tx *store.Tx, projectID string, keys []string) ([]string, error) {
	keys, err := iam.RoleKeys(keys)
	if err != nil {
		return nil, err
	}
	lacking, err := tx.MissingRoles(ctx, projectID, keys)
	if err != nil {
		return nil, err
	}
	return keys, unknownRoles(lacking, "the project")
}

func grantEvent(t iam.EventType, g iam.ProjectGrant, payload []byte) iam.Event {
	return iam.Event{
		Type: t, Aggregate: iam.AggregateProject, AggregateID: g.ProjectID, OrgID: g.OrgID,
		ProjectID: g.ProjectID, GrantID: g.ID, Payload: payload,
	}
}

// GrantRef names a project grant: by its id, or by the organization that it
// was granted to.
type GrantRef struct {
	ProjectID    string
	GrantID      string
	GrantedOrgID string
}

func (ref GrantRef) read(ctx context.Context, r store.Reader) (iam.ProjectGrant, error) {
	if ref.GrantID == "" {
		return r.ProjectGrantTo(ctx, ref.ProjectID, ref.GrantedOrgID)
	}
	g, err := r.ProjectGrant(ctx, ref.GrantID)
	if err == nil && g.ProjectID != ref.ProjectID {
		return iam.ProjectGrant{}, iam.Errorf(iam.NotFound, "GRANT-prj1x", "project grant does not exist")
	}
	return g, err
}

func findGrant(ctx context.Context, r store.Reader, c iam.Caller, p iam.Permission, ref GrantRef) (iam.ProjectGrant, error) {
	if c.Nobody() {
		return iam.ProjectGrant{}, nobody()
	}
	g, err := ref.read(ctx, r)
	if err != nil {
		return g, found(c, p, "project grant", err)
	}
	if err := c.Authorise(p, g.Target(), "project grant"); err != nil {
		return iam.ProjectGrant{}, err
	}
	return g, nil
}

// ProjectGrant finds a project grant for those who give it.
func (d *Directory) ProjectGrant(ctx context.Context, c iam.Caller, ref GrantRef) (iam.ProjectGrant, error) {
	return findGrant(ctx, d.Store.Read(), c, iam.ProjectGrantRead, ref)
}

// GrantNamed is the reference to a project grant by its project and the
// organization that received it. It opens nothing: filters are read by it. Kind: NotFound.
func (d *Directory) GrantNamed(ctx context.Context, id string) (GrantRef, error) {
	g, err := d.Store.Read().ProjectGrant(ctx, id)
	return GrantRef{ProjectID: g.ProjectID, GrantedOrgID: g.GrantedOrgID}, err
}

// GrantedProject finds a project grant for those who received it.
func (d *Directory) GrantedProject(ctx context.Context, c iam.Caller, projectID, grantID string) (iam.ProjectGrant, error) {
	if c.Nobody() {
		return iam.ProjectGrant{}, nobody()
	}
	g, err := GrantRef{ProjectID: projectID, GrantID: grantID}.read(ctx, d.Store.Read())
	if err != nil {
		return g, found(c, iam.ProjectRead, "granted project", err)
	}
	if err := c.Authorise(iam.ProjectRead, g.TargetGranted(), "granted project"); err != nil {
		return iam.ProjectGrant{}, err
	}
	return g, nil
}

// ProjectGrants lists project grants for those who give them.
func (d *Directory) ProjectGrants(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.ProjectGrant], error) {
	reach, page, err := listArgs(c, iam.ProjectGrantRead, page)
	if err != nil {
		return store.List[iam.ProjectGrant]{}, err
	}
	return d.Store.Read().ProjectGrants(ctx, reach, f, page)
}

// GrantedProjects lists project grants for those who received them.
func (d *Directory) GrantedProjects(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.ProjectGrant], error) {
	reach, page, err := listArgs(c, iam.ProjectRead, page)
	if err != nil {
		return store.List[iam.ProjectGrant]{}, err
	}
	return d.Store.Read().GrantedProjects(ctx, reach, f, page)
}

// UpdateProjectGrant lends other roles. Roles that are no longer lent leave the
// authorizations that came through the grant. Kinds: FailedPrecondition for
// roles that the project does not define; Aborted when it is no longer as it was seen.
func (d *Directory) UpdateProjectGrant(ctx context.Context, c iam.Caller, ref GrantRef, keys []string, seen iam.Version) (iam.ProjectGrant, error) {
	var g iam.ProjectGrant
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if g, err = findGrant(ctx, tx.Reader, c, iam.ProjectGrantWrite, ref); err != nil {
			return err
		}
		before := iam.Fields{"roleKeys": g.RoleKeys}
		if g.RoleKeys, err = grantable(ctx, tx, g.ProjectID, keys); err != nil {
			return err
		}
		b, a, changed := iam.Diff(before, iam.Fields{"roleKeys": g.RoleKeys})
		if err := mayChange(changed, seen, g.Meta, "project grant"); err != nil {
			return err
		}
		if err := tx.SetProjectGrant(&g); err != nil {
			return err
		}
		return tx.Record(grantEvent(iam.ProjectGrantChanged, g, iam.Change(b, a)))
	})
	return g, err
}

// DeactivateProjectGrant switches a grant off: roles that came through it do
// not reach tokens any more.
func (d *Directory) DeactivateProjectGrant(ctx context.Context, c iam.Caller, ref GrantRef) (iam.ProjectGrant, error) {
	return d.setGrantState(ctx, c, ref, iam.Inactive, iam.ProjectGrantDeactivated)
}

// ReactivateProjectGrant is the reverse of [Directory.DeactivateProjectGrant].
func (d *Directory) ReactivateProjectGrant(ctx context.Context, c iam.Caller, ref GrantRef) (iam.ProjectGrant, error) {
	return d.setGrantState(ctx, c, ref, iam.Active, iam.ProjectGrantReactivated)
}

func (d *Directory) setGrantState(ctx context.Context, c iam.Caller, ref GrantRef, to iam.State, event iam.EventType) (iam.ProjectGrant, error) {
	var g iam.ProjectGrant
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if g, err = findGrant(ctx, tx.Reader, c, iam.ProjectGrantWrite, ref); err != nil {
			return err
		}
		return switchState("project grant", &g.State, to, func() error {
			if err := tx.SetProjectGrant(&g); err != nil {
				return err
			}
			return tx.Record(grantEvent(event, g, nil))
		})
	})
	return g, err
}

// RemoveProjectGrant takes a project back, with the authorizations that came through the grant.
func (d *Directory) RemoveProjectGrant(ctx context.Context, c iam.Caller, ref GrantRef) (iam.ProjectGrant, error) {
	var g iam.ProjectGrant
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if g, err = findGrant(ctx, tx.Reader, c, iam.ProjectGrantDelete, ref); err != nil {
			return err
		}
		if err := tx.RemoveProjectGrant(g.ID); err != nil {
			return err
		}
		g.Meta = tx.Stamp(g.Meta)
		return tx.Record(grantEvent(iam.ProjectGrantRemoved, g, iam.Change(iam.Fields{
			"grantedOrgId": g.GrantedOrgID, "roleKeys": g.RoleKeys,
		}, nil)))
	})
	return g, err
}
