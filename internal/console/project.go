package console

import (
	"net/url"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// projectsPage is what templates/projects.html shows.
type projectsPage struct {
	*listing
	Projects []directory.AvailableProject
	At, New  string
}

// projects lists the organization's own projects and those granted to it.
func projects(v *visit) error {
	p := projectsPage{At: v.base()}
	p.listing = v.newListing(v.base()+"/projects", nil, v.stateFilter(iam.Active, iam.Inactive), sorting{"created", "", true}, sorting{"name", iam.FieldName, false})
	l, err := v.availableProjects(p.listing)
	if err != nil {
		return err
	}
	p.Projects, p.Total = l.Items, l.Total
	if v.may(iam.ProjectCreate) {
		p.New = v.base() + "/projects/new"
	}
	return v.show(200, "projects", v.text("projects.title"), p)
}

// availableProjects lists what a list asks for. The project that stands for
// Latchkey's own API has no roles to give and is left out.
func (v *visit) availableProjects(l *listing) (store.List[directory.AvailableProject], error) {
	owned := iam.Filter{All: []iam.Filter{iam.FieldOrgID.Is(v.org.ID), l.stateIs(), l.search(iam.FieldName)}}
	granted := iam.Filter{All: []iam.Filter{iam.FieldGrantedOrgID.Is(v.org.ID), l.stateIs(), l.search(iam.FieldProjectName)}}
	return v.h.Directory.AvailableProjects(v.r.Context(), v.caller, owned, granted, l.page())
}

// projectHead is what every page about one project begins with.
type projectHead struct {
	iam.Project
	At     string
	Crumbs []navItem
	Tabs   []navItem
	May    struct{ Write, Delete, Roles, RolesDelete, Grant, GrantDelete bool }
}

// Head is the head itself, for templates.
func (h projectHead) Head() projectHead { return h }

// projectAt finds the project of the path and what its pages begin with.
func (v *visit) projectAt() (projectHead, error) {
	p, err := v.h.Directory.Project(v.r.Context(), v.caller, v.id("project"))
	if err != nil {
		return projectHead{}, err
	}
	h := projectHead{Project: p, At: v.base() + "/projects/" + url.PathEscape(p.ID)}
	h.Crumbs = []navItem{{Path: v.base() + "/projects", Label: v.text("projects.title")}}
	can := func(perm iam.Permission) bool { return v.caller.Can(perm, p.Target()) }
	h.May.Write, h.May.Delete = can(iam.ProjectWrite) && !p.Internal, can(iam.ProjectDelete) && !p.Internal
	h.May.Roles, h.May.RolesDelete = can(iam.RoleWrite) && !p.Internal, can(iam.RoleDelete) && !p.Internal
	h.May.Grant, h.May.GrantDelete = can(iam.ProjectGrantWrite) && !p.Internal, can(iam.ProjectGrantDelete) && !p.Internal
	h.Tabs = v.tabs(h.At, "", "project.tab.general", "/roles", "project.tab.roles",
		"/grants", if_(can(iam.ProjectGrantRead), "project.tab.grants"),
		"/authorizations", if_(can(iam.AuthorizationRead), "project.tab.authorizations"),
		"/managers", if_(can(iam.ProjectMemberRead), "project.tab.managers"),
		"/activity", "project.tab.activity")
	return h, nil
}

// projectInputs are the inputs of a project.
var projectInputs = []string{string(iam.FieldName)}

// newProjectPage is what templates/new-project.html shows.
type newProjectPage struct {
	*form
	Back string
}

// newProject creates a project.
func newProject(v *visit) error {
	if err := v.require(iam.ProjectCreate); err != nil {
		return err
	}
	p := newProjectPage{form: v.newForm(nil), Back: v.base() + "/projects"}
	if v.posts() {
		name := v.value(string(iam.FieldName))
		id, _, err := v.create(p.form, func(id string) error {
			_, err := v.h.Directory.CreateProject(v.r.Context(), v.caller, directory.NewProject{ID: id, OrgID: v.org.ID, Name: name})
			return err
		}, func(id string) bool {
			made, err := v.h.Directory.Project(v.r.Context(), v.caller, id)
			return err == nil && made.Name == name
		})
		if err == nil {
			return v.goTo(p.Back+"/"+url.PathEscape(id)+"/roles", "project.created")
		}
		if !p.refuse(err, projectInputs...) {
			return err
		}
	}
	return v.show(p.status, "new-project", v.text("project.new.title"), p)
}

// projectPage is what templates/project.html shows.
type projectPage struct {
	projectHead
	*form
}

// inputs of a project's switches.
const (
	inputAssert  = "role_assertion"
	inputCheck   = "role_check"
	inputGranted = "project_check"
)

// project shows one project and changes it.
func project(v *visit) error {
	head, err := v.projectAt()
	if err != nil {
		return err
	}
	stored := url.Values{string(iam.FieldName): {head.Name}}
	for name, on := range map[string]bool{inputAssert: head.RoleAssertion, inputCheck: head.RoleCheck, inputGranted: head.ProjectCheck} {
		if on {
			stored.Set(name, "on")
		}
	}
	p := projectPage{projectHead: head, form: v.editForm(stored, head.Sequence)}
	if v.posts() {
		name := v.value(string(iam.FieldName))
		in := head.Project
		in.Name, in.RoleAssertion, in.RoleCheck, in.ProjectCheck = name, p.Has(inputAssert, "on"), p.Has(inputCheck, "on"), p.Has(inputGranted, "on")
		_, err := v.h.Directory.UpdateProject(v.r.Context(), v.caller, head.ID, directory.ProjectChange{
			Name: &in.Name, RoleAssertion: &in.RoleAssertion, RoleCheck: &in.RoleCheck, ProjectCheck: &in.ProjectCheck, Seen: p.Seen,
		})
		if done, err := v.saved(p.form, err, head.At, projectInputs); done || err != nil {
			return err
		}
	}
	return v.show(p.status, "project", head.Name, p)
}

func (h projectHead) confirmation(v *visit, effects ...string) confirmation {
	c := confirmation{Crumbs: append(slices.Clone(h.Crumbs), navItem{Path: h.At, Label: h.Name}), Name: h.Name, Back: h.At}
	for _, key := range effects {
		c.Effects = append(c.Effects, v.text(key))
	}
	return c
}

// requireOf is require for one project, of which the caller may be a manager.
func (v *visit) requireOf(p iam.Permission, project iam.Project) error {
	return v.caller.Authorise(p, project.Target(), "project")
}

// deactivateProject switches a project off.
func deactivateProject(v *visit) error {
	head, err := v.projectAt()
	if err != nil {
		return err
	}
	if err := v.requireOf(iam.ProjectWrite, head.Project); err != nil {
		return err
	}
	return v.confirm(head.confirmation(v, "project.effect.tokens", "project.effect.back"), "project.deactivate", func() error {
		_, err := v.h.Directory.DeactivateProject(v.r.Context(), v.caller, head.ID)
		return err
	})
}

// reactivateProject switches a project on again.
func reactivateProject(v *visit) error {
	head, err := v.projectAt()
	if err != nil {
		return err
	}
	if !v.posts() {
		return v.goTo(head.At, "")
	}
	if _, err := v.h.Directory.ReactivateProject(v.r.Context(), v.caller, head.ID); err != nil && !iam.Is(err, iam.Unchanged) {
		return err
	}
	return v.goTo(head.At, "project.reactivate")
}

// deleteProject removes a project with all that hangs on it.
func deleteProject(v *visit) error {
	head, err := v.projectAt()
	if err != nil {
		return err
	}
	if err := v.requireOf(iam.ProjectDelete, head.Project); err != nil {
		return err
	}
	held, err := v.h.Directory.ProjectHoldings(v.r.Context(), v.caller, head.ID)
	if err != nil {
		return err
	}
	c := head.confirmation(v, "project.effect.tokens")
	c.Effects = slices.Concat(c.Effects, v.effect("project.effect.roles", held.Roles), v.effect("project.effect.grants", held.Grants),
		v.effect("project.effect.authorizations", held.Authorizations), v.effect("project.effect.applications", held.Applications),
		[]string{v.text("effect.forever")})
	c.Back = v.base() + "/projects"
	return v.confirm(c, "project.delete", func() error {
		_, err := v.h.Directory.RemoveProject(v.r.Context(), v.caller, head.ID)
		return err
	})
}

// projectAuthorizations lists who holds roles on the project.
func projectAuthorizations(v *visit) error {
	head, err := v.projectAt()
	if err != nil {
		return err
	}
	p := authorizationsPage{listing: v.authorizationListing(head.At + "/authorizations"), Project: &head}
	if err := v.listAuthorizations(&p, iam.FieldProjectID.Is(head.ID)); err != nil {
		return err
	}
	return v.show(200, "authorizations", head.Name, p)
}
