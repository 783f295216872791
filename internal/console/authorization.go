package console

import (
	"maps"
	"net/url"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
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

// groupRoles puts roles into their groups; those without one come last.
func groupRoles(roles []iam.Role) []roleGroup {
	by := map[string][]iam.Role{}
	for _, r := range roles {
		by[r.Group] = append(by[r.Group], r)
	}
	var out []roleGroup
	for _, name := range slices.Sorted(maps.Keys(by)) {
		if name != "" {
			out = append(out, roleGroup{Name: name, Roles: by[name]})
		}
	}
	if len(by[""]) > 0 {
		out = append(out, roleGroup{Roles: by[""]})
	}
	return out
}

// rolePicker is what templates/parts.html draws of roles to choose from.
type rolePicker struct {
	*form
	Groups []roleGroup
	// Kept are roles that are held and not listed, since only so many are: they stay held.
	Kept []string
}

// newPicker lets choose from roles, of which some are held.
func newPicker(f *form, roles []iam.Role, held []string) rolePicker {
	p := rolePicker{form: f, Groups: groupRoles(roles)}
	if len(roles) < maxPicked {
		return p
	}
	listed := map[string]bool{}
	for _, r := range roles {
		listed[r.Key] = true
	}
	for _, key := range held {
		if !listed[key] {
			p.Kept = append(p.Kept, key)
		}
	}
	return p
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

// maxPicked bounds how many roles a page offers to choose from.
const maxPicked = 2 * iam.MaxLimit

// rolesOf reads the roles of a project, or those that a project grant lends, by
// key; of very many the first.
func (v *visit) rolesOf(projectID, grantID string) ([]iam.Role, error) {
	var out []iam.Role
	for len(out) < maxPicked {
		page := iam.Page{Offset: uint64(len(out)), Limit: iam.MaxLimit, Asc: true, SortBy: iam.FieldKey}
		var l store.List[iam.Role]
		var err error
		if grantID != "" {
			l, err = v.h.Directory.GrantedRoles(v.r.Context(), v.caller, projectID, grantID, iam.Filter{}, page)
		} else {
			l, err = v.h.Directory.Roles(v.r.Context(), v.caller, projectID, iam.Filter{}, page)
		}
		out = append(out, l.Items...)
		if err != nil || len(l.Items) < iam.MaxLimit {
			return out, err
		}
	}
	return out, nil
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
	if err := v.require(iam.AuthorizationWrite); err != nil {
		return err
	}
	projectID := v.value(inputProject)
	if projectID == "" {
		return v.chooseProject(head)
	}
	p := newAuthorizationPage{userHead: head}
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
	p.rolePicker = newPicker(v.newForm(nil), roles, nil)
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
	return v.show(p.status, "new-authorization", v.text("authorization.roles.title", p.Project.Name), p)
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
	p := authorizationPage{userHead: head, Authorization: a, Write: v.may(iam.AuthorizationWrite)}
	roles, err := v.rolesOf(a.ProjectID, a.GrantID)
	if err != nil {
		return err
	}
	p.rolePicker = newPicker(v.editForm(url.Values{inputRoles: a.RoleKeys}, a.Sequence), roles, a.RoleKeys)
	if v.posts() {
		if keys, again := v.pick(p.form, roles); !again {
			_, err := v.h.Directory.UpdateAuthorization(v.r.Context(), v.caller, head.User.ID, a.ID, keys, p.Seen)
			if done, err := v.saved(p.form, err, head.At+"/authorizations", []string{inputRoles}); done || err != nil {
				return err
			}
		}
	}
	return v.show(p.status, "authorization", v.text("authorization.roles.title", a.ProjectName), p)
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
	if err := v.require(iam.AuthorizationDelete); err != nil {
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
