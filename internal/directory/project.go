package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// NewProject is what [Directory.CreateProject] makes in an organization.
type NewProject struct {
	ID    string // chosen by the client or empty
	OrgID string
	Name  string
	iam.ProjectOptions
	Admins []NewProjectAdmin
}

// NewProjectAdmin is a first manager of a project; without roles it gets PROJECT_OWNER.
type NewProjectAdmin struct {
	UserID string
	Roles  []string
}

// CreateProject creates a project. Its first managers come with the permission
// project.create, without that to manage members. Kind: AlreadyExists.
func (d *Directory) CreateProject(ctx context.Context, c iam.Caller, in NewProject) (iam.Project, error) {
	var p iam.Project
	if err := tooManyAdmins(len(in.Admins)); err != nil {
		if _, denied := findOrg(ctx, d.Store.Read(), c, iam.ProjectCreate, in.OrgID); denied != nil {
			return p, denied
		}
		return p, err
	}
	err := d.write(ctx, c, func(tx *store.Tx) error {
		if _, err := findOrg(ctx, tx.Reader, c, iam.ProjectCreate, in.OrgID); err != nil {
			return err
		}
		var err error
		p = iam.Project{OrgID: in.OrgID, Name: in.Name, ProjectOptions: in.ProjectOptions}
		if p.ID, err = newID(in.ID); err != nil {
			return err
		}
		if err := addProject(tx, &p); err != nil {
			return err
		}
		for _, a := range in.Admins {
			if err := addProjectAdmin(ctx, tx, c, p, a); err != nil {
				return err
			}
		}
		return nil
	})
	return p, err
}

func addProject(tx *store.Tx, p *iam.Project) error {
	if err := iam.CheckProjectName(p.Name); err != nil {
		return err
	}
	p.State = iam.Active
	if err := tx.AddProject(p); err != nil {
		return projectNameTaken(err)
	}
	return tx.Record(projectEvent(iam.ProjectAdded, *p, iam.Change(nil, projectFields(*p))))
}

func projectNameTaken(err error) error {
	return taken(err, iam.FieldName, "PROJECT-dup1", "the organization has a project with this name already, or the id is taken")
}

func addProjectAdmin(ctx context.Context, tx *store.Tx, c iam.Caller, p iam.Project, a NewProjectAdmin) error {
	if err := reachableUser(ctx, tx.Reader, c, a.UserID, p.OrgID); err != nil {
		return err
	}
	roles := a.Roles
	if len(roles) == 0 {
		roles = []string{string(iam.ProjectOwner)}
	}
	checked, err := iam.CheckManagerRoles(iam.LevelProject, roles)
	if err != nil {
		return err
	}
	return addMembership(tx, &iam.Membership{
		UserID: a.UserID, Level: iam.LevelProject, ResourceID: p.ID, OrgID: p.OrgID, ProjectID: p.ID, Roles: checked,
	})
}

func projectFields(p iam.Project) iam.Fields {
	return iam.Fields{
		"name": p.Name, "roleAssertion": p.RoleAssertion, "roleCheck": p.RoleCheck,
		"projectCheck": p.ProjectCheck, "privateLabeling": string(p.PrivateLabeling),
	}
}

func projectEvent(t iam.EventType, p iam.Project, payload []byte) iam.Event {
	return iam.Event{
		Type: t, Aggregate: iam.AggregateProject, AggregateID: p.ID, OrgID: p.OrgID, ProjectID: p.ID, Payload: payload,
	}
}

// findProject finds a project for one purpose. The internal one can be read but not changed.
func findProject(ctx context.Context, r store.Reader, c iam.Caller, perm iam.Permission, id string) (iam.Project, error) {
	if c.Nobody() {
		return iam.Project{}, nobody()
	}
	p, err := r.Project(ctx, id)
	if err != nil {
		return p, found(c, perm, "project", err)
	}
	if err := c.Authorise(perm, p.Target(), "project"); err != nil {
		return iam.Project{}, err
	}
	if p.Internal && !perm.Reads() {
		return iam.Project{}, iam.Errorf(iam.FailedPrecondition, "PROJECT-int1",
			"the internal project stands for this API and cannot be changed, granted or authorized")
	}
	return p, nil
}

// Project finds a project.
func (d *Directory) Project(ctx context.Context, c iam.Caller, id string) (iam.Project, error) {
	return findProject(ctx, d.Store.Read(), c, iam.ProjectRead, id)
}

// Projects lists projects.
func (d *Directory) Projects(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Project], error) {
	reach, page, err := listArgs(c, iam.ProjectRead, page)
	if err != nil {
		return store.List[iam.Project]{}, err
	}
	return d.Store.Read().Projects(ctx, reach, f, page)
}

// ProjectChange is what [Directory.UpdateProject] changes; nil leaves as it is.
type ProjectChange struct {
	Name            *string
	RoleAssertion   *bool
	RoleCheck       *bool
	ProjectCheck    *bool
	PrivateLabeling *iam.PrivateLabeling
	Seen            iam.Version
}

// UpdateProject changes a project. Kinds: AlreadyExists; Aborted when it is no
// longer as it was seen.
func (d *Directory) UpdateProject(ctx context.Context, c iam.Caller, id string, in ProjectChange) (iam.Project, error) {
	var p iam.Project
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if p, err = findProject(ctx, tx.Reader, c, iam.ProjectWrite, id); err != nil {
			return err
		}
		before := projectFields(p)
		patch(&p.Name, in.Name)
		patch(&p.RoleAssertion, in.RoleAssertion)
		patch(&p.RoleCheck, in.RoleCheck)
		patch(&p.ProjectCheck, in.ProjectCheck)
		patch(&p.PrivateLabeling, in.PrivateLabeling)
		if err := iam.CheckProjectName(p.Name); err != nil {
			return err
		}
		b, a, changed := iam.Diff(before, projectFields(p))
		if err := mayChange(changed, in.Seen, p.Meta, "project"); err != nil {
			return err
		}
		if err := tx.SetProject(&p); err != nil {
			return projectNameTaken(err)
		}
		return tx.Record(projectEvent(iam.ProjectChanged, p, iam.Change(b, a)))
	})
	return p, err
}

// DeactivateProject switches a project off: its roles do not reach tokens any more.
func (d *Directory) DeactivateProject(ctx context.Context, c iam.Caller, id string) (iam.Project, error) {
	return d.setProjectState(ctx, c, id, iam.Inactive, iam.ProjectDeactivated)
}

// ReactivateProject is the reverse of [Directory.DeactivateProject].
func (d *Directory) ReactivateProject(ctx context.Context, c iam.Caller, id string) (iam.Project, error) {
	return d.setProjectState(ctx, c, id, iam.Active, iam.ProjectReactivated)
}

func (d *Directory) setProjectState(ctx context.Context, c iam.Caller, id string, to iam.State, event iam.EventType) (iam.Project, error) {
	var p iam.Project
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if p, err = findProject(ctx, tx.Reader, c, iam.ProjectWrite, id); err != nil {
			return err
		}
		return switchState("project", &p.State, to, func() error {
			if err := tx.SetProject(&p); err != nil {
				return err
			}
			return tx.Record(projectEvent(event, p, nil))
		})
	})
	return p, err
}

// RemoveProject removes a project with its roles, grants, authorizations and applications.
func (d *Directory) RemoveProject(ctx context.Context, c iam.Caller, id string) (iam.Project, error) {
	var p iam.Project
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if p, err = findProject(ctx, tx.Reader, c, iam.ProjectDelete, id); err != nil {
			return err
		}
		if err := tx.RemoveProject(id); err != nil {
			return err
		}
		p.Meta = tx.Stamp(p.Meta)
		return tx.Record(projectEvent(iam.ProjectRemoved, p, iam.Change(iam.Fields{"name": p.Name}, nil)))
	})
	return p, err
}

// AvailableProject is a project as an organization has it.
type AvailableProject struct {
	iam.Project
	Grant *iam.ProjectGrant // through which it is lent; nil for the organization's own
}

// AvailableProjects lists projects and, after all of them, once more those that
// were granted, for each organization that received one. Each part has its own
// filter, over the fields of [Directory.Projects] and [Directory.GrantedProjects];
// page.SortBy is a field of the first and sorts each part in itself.
func (d *Directory) AvailableProjects(ctx context.Context, c iam.Caller, owned, granted iam.Filter, page iam.Page) (store.List[AvailableProject], error) {
	var out store.List[AvailableProject]
	page, err := page.Check()
	if err != nil {
		return out, err
	}
	own, err := d.Projects(ctx, c, owned, page)
	if err != nil {
		return out, err
	}
	for _, p := range own.Items {
		out.Items = append(out.Items, AvailableProject{Project: p})
	}
	rest := page
	rest.Offset -= min(page.Offset, own.Total)
	rest.SortBy = ofGranted(page.SortBy)
	lent, err := d.GrantedProjects(ctx, c, granted, rest)
	if err != nil {
		return out, err
	}
	out.Total = own.Total + lent.Total
	lent.Items = lent.Items[:min(len(lent.Items), int(page.Limit)-len(own.Items))]
	more, err := d.lentProjects(ctx, lent.Items)
	out.Items = append(out.Items, more...)
	return out, err
}

// ofGranted is the field of a list of project grants that says the same of the project.
func ofGranted(f iam.Field) iam.Field {
	switch f {
	case iam.FieldID:
		return iam.FieldProjectID
	case iam.FieldName:
		return iam.FieldProjectName
	}
	return f
}

func (d *Directory) lentProjects(ctx context.Context, grants []iam.ProjectGrant) ([]AvailableProject, error) {
	if len(grants) == 0 {
		return nil, nil
	}
	var ids []string
	for _, g := range grants {
		ids = append(ids, g.ProjectID)
	}
	l, err := d.Store.Read().Projects(ctx, iam.Reach{ProjectIDs: ids}, iam.Filter{}, iam.Page{Limit: iam.MaxLimit})
	if err != nil {
		return nil, err
	}
	projects := map[string]iam.Project{}
	for _, p := range l.Items {
		projects[p.ID] = p
	}
	var out []AvailableProject
	for _, g := range grants {
		if p, ok := projects[g.ProjectID]; ok { // else it has just been removed
			out = append(out, AvailableProject{Project: p, Grant: &g})
		}
	}
	return out, nil
}
