package console

import (
	"context"
	"net/url"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// inputRoles are the checkboxes of roles; inputAll the button that chooses all
// of a group where there is no JavaScript.
const (
	inputRoles = string(iam.FieldRoleKey)
	inputAll   = "all"
	inputGrant = string(iam.FieldGrantID)
)

// authorizationsPage is what templates/authorizations.html shows: of a user, of
// a project or of the whole organization.
type authorizationsPage struct {
	*listing
	User    *userHead
	Project *projectHead
	Rows    []authorizationRow
	New     string
	Search  string // key of what is searched, where it is less than everything
	Write   bool
}

// authorizationRow is one authorization with the pages that it leads to.
type authorizationRow struct {
	iam.Authorization
	At, UserAt, ProjectAt string
}

// listAuthorizations fills the page with what matches own, and what the reader asks for.
func (v *visit) listAuthorizations(p *authorizationsPage, own iam.Filter) error {
	p.Write = v.may(iam.AuthorizationWrite)
	filter := iam.Filter{All: []iam.Filter{own, p.stateIs(), p.search(iam.FieldUserName, iam.FieldDisplayName, iam.FieldProjectName, iam.FieldRoleKey)}}
	l, err := v.h.Directory.Authorizations(v.r.Context(), v.caller, filter, p.page())
	if err != nil {
		return err
	}
	p.Total = l.Total
	for _, a := range l.Items {
		row := authorizationRow{Authorization: a, UserAt: v.userPath(a.UserOrgID, a.UserID)}
		if row.UserAt != "" {
			row.At = row.UserAt + "/authorizations/" + url.PathEscape(a.ID)
		}
		switch {
		case a.GrantID != "" && a.OrgID == v.org.ID:
			row.ProjectAt = v.base() + "/granted/" + url.PathEscape(a.GrantID)
		case a.ProjectOrgID == v.org.ID:
			row.ProjectAt = v.base() + "/projects/" + url.PathEscape(a.ProjectID)
		}
		p.Rows = append(p.Rows, row)
	}
	return nil
}

func (v *visit) authorizationListing(path string) *listing {
	return v.newListing(path, nil, v.stateFilter(iam.Active, iam.Inactive), sorting{"created", "", true},
		sorting{"user", iam.FieldDisplayName, false}, sorting{"project", iam.FieldProjectName, false})
}

// orgAuthorizations lists the authorizations that the organization gave.
func orgAuthorizations(v *visit) error {
	p := authorizationsPage{listing: v.authorizationListing(v.base() + "/authorizations")}
	if err := v.listAuthorizations(&p, iam.Filter{}); err != nil {
		return err
	}
	return v.show(200, "authorizations", v.text("authorizations.title"), p)
}

// userAuthorizations lists what one user holds.
func userAuthorizations(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	p := authorizationsPage{listing: v.authorizationListing(head.At + "/authorizations"), User: &head, Search: "authorizations.user.search"}
	if err := v.listAuthorizations(&p, iam.FieldUserID.Is(head.ID)); err != nil {
		return err
	}
	if p.Write {
		p.New = head.At + "/authorizations/new"
	}
	return v.show(200, "authorizations", head.Label(), p)
}

// roleGroup is the roles of one group, as they are chosen.
type roleGroup struct {
	Name  string
	Roles []iam.Role
}

// groupRoles puts roles into their groups; those without one come first.
func groupRoles(roles []iam.Role) []roleGroup {
	var out []roleGroup
	for _, r := range roles {
		i := slices.IndexFunc(out, func(g roleGroup) bool { return g.Name == r.Group })
		if i < 0 {
			out = append(out, roleGroup{Name: r.Group})
			i = len(out) - 1
		}
		out[i].Roles = append(out[i].Roles, r)
	}
	slices.SortStableFunc(out, func(a, b roleGroup) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return out
}

// rolePicker is what templates/parts.html draws of roles to choose from.
type rolePicker struct {
	*form
	Groups []roleGroup
}

// Picker is the picker itself, for templates.
func (p rolePicker) Picker() rolePicker { return p }

// pick reads which roles were chosen. Where the button of a whole group was
// pressed, its roles are chosen too and the form is shown again.
func (v *visit) pick(f *form, roles []iam.Role) (keys []string, again bool) {
	group, again := v.r.PostForm[inputAll]
	if again {
		for _, r := range roles {
			if r.Group == group[0] && !f.Has(inputRoles, r.Key) {
				f.values.Add(inputRoles, r.Key)
			}
		}
	}
	return f.values[inputRoles], again
}

// lists of up to one page at once.
type lister[T any] func(ctx context.Context, page iam.Page) (items []T, total uint64, err error)

// everything reads a list to its end, page by page.
func everything[T any](ctx context.Context, list lister[T]) ([]T, error) {
	var out []T
	for {
		items, total, err := list(ctx, iam.Page{Offset: uint64(len(out)), Limit: iam.MaxLimit, Asc: true})
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
		if len(items) == 0 || uint64(len(out)) >= total {
			return out, nil
		}
	}
}

// roles of a project, or those that a project grant lends.
func (v *visit) rolesOf(projectID, grantID string) ([]iam.Role, error) {
	return everything(v.r.Context(), func(ctx context.Context, page iam.Page) ([]iam.Role, uint64, error) {
		page.SortBy = iam.FieldKey
		if grantID != "" {
			l, err := v.h.Directory.GrantedRoles(ctx, v.caller, projectID, grantID, iam.Filter{}, page)
			return l.Items, l.Total, err
		}
		l, err := v.h.Directory.Roles(ctx, v.caller, projectID, iam.Filter{}, page)
		return l.Items, l.Total, err
	})
}

// chooseProjectPage is what templates/choose-project.html shows.
type chooseProjectPage struct {
	userHead
	*listing
	Projects []directory.AvailableProject
	New      string // where a project is made, or empty
}

// newAuthorizationPage is what templates/new-authorization.html shows.
type newAuthorizationPage struct {
	userHead
	rolePicker
	Project iam.Project
	Grant   *iam.ProjectGrant
	Roles   string // where roles are added, or empty
}

// newAuthorization gives a user roles on a project: first the project is
// chosen, then the roles.
func newAuthorization(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if err := v.requireAnywhere(iam.AuthorizationWrite); err != nil {
		return err
	}
	projectID := v.value(inputProject)
	if projectID == "" {
		return v.chooseProject(head)
	}
	p := newAuthorizationPage{userHead: head, rolePicker: rolePicker{form: v.newForm(nil)}}
	if p.Project, p.Grant, err = v.projectToGive(projectID, v.value(inputGrant)); err != nil {
		return err
	}
	grantID := ""
	if p.Grant != nil {
		grantID = p.Grant.ID
	}
	roles, err := v.rolesOf(projectID, grantID)
	if err != nil {
		return err
	}
	p.Groups = groupRoles(roles)
	if !v.posts() {
		existing, err := v.authorizationOn(head.ID, projectID)
		if err == nil {
			return v.goTo(head.At+"/authorizations/"+url.PathEscape(existing.ID), "")
		}
		if !iam.Is(err, iam.NotFound) {
			return err
		}
	} else if keys, again := v.pick(p.form, roles); !again {
		if done, err := v.giveRoles(&p, grantID, keys); done || err != nil {
			return err
		}
	}
	if grantID == "" && v.may(iam.RoleWrite) {
		p.Roles = v.base() + "/projects/" + url.PathEscape(projectID) + "/roles/new"
	}
	return v.show(p.status, "new-authorization", v.text("authorization.new.title"), p)
}

// authorizationOn finds what a user holds on a project by this organization.
func (v *visit) authorizationOn(userID, projectID string) (iam.Authorization, error) {
	l, err := v.h.Directory.Authorizations(v.r.Context(), v.caller, iam.Filter{All: []iam.Filter{
		iam.FieldUserID.Is(userID), iam.FieldProjectID.Is(projectID), iam.FieldOrgID.Is(v.org.ID),
	}}, iam.Page{Limit: 1})
	if err == nil && len(l.Items) == 0 {
		err = iam.Errorf(iam.NotFound, "CONSOLE-auth1", "authorization does not exist")
	}
	if err != nil {
		return iam.Authorization{}, err
	}
	return l.Items[0], nil
}

func (v *visit) giveRoles(p *newAuthorizationPage, grantID string, keys []string) (done bool, _ error) {
	to := p.At + "/authorizations"
	if len(keys) == 0 {
		p.wrong(inputRoles, v.text("authorization.none"))
		return false, nil
	}
	_, err := v.h.Directory.CreateAuthorization(v.r.Context(), v.caller, directory.NewAuthorization{
		UserID: p.User.ID, ProjectID: p.Project.ID, GrantID: grantID, OrgID: v.org.ID, RoleKeys: keys,
	})
	if iam.Is(err, iam.AlreadyExists) { // by the same form, perhaps
		sorted, _ := iam.RoleKeys(keys)
		if there, readErr := v.authorizationOn(p.User.ID, p.Project.ID); readErr == nil && slices.Equal(there.RoleKeys, sorted) {
			err = nil
		}
	}
	if err == nil {
		return true, v.goTo(to, "authorization.created")
	}
	if !p.refuse(err, inputRoles) {
		return false, err
	}
	return false, nil
}

// projectToGive finds a project whose roles this organization can give.
func (v *visit) projectToGive(projectID, grantID string) (iam.Project, *iam.ProjectGrant, error) {
	if grantID == "" {
		p, err := v.h.Directory.Project(v.r.Context(), v.caller, projectID)
		return p, nil, err
	}
	g, err := v.h.Directory.GrantedProject(v.r.Context(), v.caller, projectID, grantID)
	return iam.Project{ID: g.ProjectID, Name: g.ProjectName, OrgID: g.OrgID, State: g.ProjectState}, &g, err
}

// chooseProject lists the organization's own projects and those granted to it.
func (v *visit) chooseProject(head userHead) error {
	p := chooseProjectPage{userHead: head}
	p.listing = v.newListing(head.At+"/authorizations/new", nil, nil, sorting{"name", iam.FieldName, false})
	l, err := v.availableProjects(p.listing)
	if err != nil {
		return err
	}
	p.Projects, p.Total = l.Items, l.Total
	if v.may(iam.ProjectCreate) {
		p.New = v.base() + "/projects/new"
	}
	return v.show(200, "choose-project", v.text("authorization.new.title"), p)
}

// authorizationPage is what templates/authorization.html shows.
type authorizationPage struct {
	userHead
	rolePicker
	Authorization iam.Authorization
	Write         bool
}

// authorization shows one authorization and changes its roles.
func authorization(v *visit) error {
	head, a, err := v.authorizationAt()
	if err != nil {
		return err
	}
	p := authorizationPage{userHead: head, Authorization: a, Write: v.mayAnywhere(iam.AuthorizationWrite)}
	p.form = v.editForm(url.Values{inputRoles: a.RoleKeys}, a.Sequence)
	roles, err := v.rolesOf(a.ProjectID, a.GrantID)
	if err != nil {
		return err
	}
	p.Groups = groupRoles(roles)
	if v.posts() {
		if keys, again := v.pick(p.form, roles); !again {
			_, err := v.h.Directory.UpdateAuthorization(v.r.Context(), v.caller, head.User.ID, a.ID, keys, p.Seen)
			sorted, _ := iam.RoleKeys(keys)
			if done, err := v.saved(p.form, err, slices.Equal(sorted, a.RoleKeys), head.At+"/authorizations", []string{inputRoles}); done || err != nil {
				return err
			}
		}
	}
	return v.show(p.status, "authorization", v.text("authorization.title"), p)
}

func (v *visit) authorizationAt() (userHead, iam.Authorization, error) {
	head, err := v.userAt()
	if err != nil {
		return head, iam.Authorization{}, err
	}
	a, err := v.h.Directory.Authorization(v.r.Context(), v.caller, head.ID, v.id("authorization"))
	return head, a, err
}

// deleteAuthorization takes a user's roles on a project away.
func deleteAuthorization(v *visit) error {
	head, a, err := v.authorizationAt()
	if err != nil {
		return err
	}
	if err := v.requireAnywhere(iam.AuthorizationDelete); err != nil {
		return err
	}
	c := head.confirmation(v, "authorization.effect", "authorization.effect.tokens")
	c.Name = a.ProjectName
	c.Back = head.At + "/authorizations"
	c.Crumbs = append(c.Crumbs, navItem{Path: c.Back, Label: v.text("user.tab.authorizations")})
	return v.confirm(c, "authorization.delete", func() error {
		_, err := v.h.Directory.RemoveAuthorization(v.r.Context(), v.caller, head.ID, a.ID)
		return err
	})
}

// mayAnywhere is may for what managers of one project may do too: the act
// itself decides which.
func (v *visit) mayAnywhere(p iam.Permission) bool { r := v.caller.Reach(p); return !r.Empty() }

// requireAnywhere is require in the same sense.
func (v *visit) requireAnywhere(p iam.Permission) error {
	if v.mayAnywhere(p) {
		return nil
	}
	return v.require(p)
}
