package console

import (
	"net/url"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// grantsPage is what templates/grants.html shows.
type grantsPage struct {
	projectHead
	*listing
	Grants []iam.ProjectGrant
}

// projectGrants lists to which organizations the project is granted.
func projectGrants(v *visit) error {
	head, err := v.projectAt()
	if err != nil {
		return err
	}
	p := grantsPage{projectHead: head}
	p.listing = v.newListing(head.At+"/grants", nil, v.stateFilter(iam.Active, iam.Inactive), sorting{"created", "", true},
		sorting{"name", iam.FieldGrantedOrgName, false})
	filter := iam.Filter{All: []iam.Filter{iam.FieldProjectID.Is(head.ID), p.stateIs(), p.search(iam.FieldGrantedOrgName)}}
	l, err := v.h.Directory.ProjectGrants(v.r.Context(), v.caller, filter, p.page())
	if err != nil {
		return err
	}
	p.Grants, p.Total = l.Items, l.Total
	return v.show(200, "grants", head.Name, p)
}

// inputGrantedOrg names the organization that receives a grant.
const inputGrantedOrg = string(iam.FieldGrantedOrgID)

// grantPage is what templates/new-grant.html and grant.html show.
type grantPage struct {
	projectHead
	rolePicker
	Grant iam.ProjectGrant
	Back  string
}

func (v *visit) grantPage() (grantPage, []iam.Role, error) {
	head, err := v.projectAt()
	if err != nil {
		return grantPage{}, nil, err
	}
	roles, err := v.rolesOf(head.ID, "")
	return grantPage{projectHead: head, rolePicker: newPicker(v.newForm(nil), roles, nil), Back: head.At + "/grants"}, roles, err
}

// newProjectGrant lends the project to another organization, which is named by
// its id or its primary domain.
func newProjectGrant(v *visit) error {
	p, roles, err := v.grantPage()
	if err != nil {
		return err
	}
	if err := v.requireOf(iam.ProjectGrantWrite, p.Project); err != nil {
		return err
	}
	if v.posts() {
		if keys, again := v.pick(p.form, roles); !again {
			orgID, err := v.orgNamed(v.value(inputGrantedOrg))
			if err == nil {
				_, err = v.h.Directory.CreateProjectGrant(v.r.Context(), v.caller, p.Project.ID, orgID, keys)
			}
			switch {
			case err == nil, iam.Is(err, iam.AlreadyExists) && v.sameGrant(p.Project.ID, orgID, keys):
				return v.goTo(p.Back, "grant.created")
			case iam.Is(err, iam.NotFound) && iam.FieldOf(err) == iam.FieldGrantedOrgID:
				p.wrong(inputGrantedOrg, v.text("grant.org.unknown"))
			case !p.refuse(err, inputGrantedOrg, inputRoles):
				return err
			}
		}
	}
	return v.show(p.status, "new-grant", v.text("grant.new.title"), p)
}

// orgNamed is the id of the organization with that primary domain, where the
// caller may see it; else the name is taken for the id itself.
func (v *visit) orgNamed(name string) (string, error) {
	o, err := v.h.Directory.OrgByDomain(v.r.Context(), v.signed.Caller, name)
	if iam.Is(err, iam.NotFound) || iam.Is(err, iam.PermissionDenied) {
		return name, nil
	}
	return o.ID, err
}

func (v *visit) sameGrant(projectID, orgID string, keys []string) bool {
	g, err := v.h.Directory.ProjectGrant(v.r.Context(), v.caller, directory.GrantRef{ProjectID: projectID, GrantedOrgID: orgID})
	sorted, _ := iam.RoleKeys(keys)
	return err == nil && slices.Equal(g.RoleKeys, sorted)
}

func (v *visit) grantAt() (grantPage, []iam.Role, directory.GrantRef, error) {
	ref := directory.GrantRef{ProjectID: v.id("project"), GrantID: v.id("grant")}
	p, roles, err := v.grantPage()
	if err == nil {
		p.Grant, err = v.h.Directory.ProjectGrant(v.r.Context(), v.caller, ref)
	}
	return p, roles, ref, err
}

// projectGrant shows a grant and changes which roles it lends.
func projectGrant(v *visit) error {
	p, roles, ref, err := v.grantAt()
	if err != nil {
		return err
	}
	p.rolePicker = newPicker(v.editForm(url.Values{inputRoles: p.Grant.RoleKeys}, p.Grant.Sequence), roles, p.Grant.RoleKeys)
	if v.posts() {
		if keys, again := v.pick(p.form, roles); !again {
			_, err := v.h.Directory.UpdateProjectGrant(v.r.Context(), v.caller, ref, keys, p.Seen)
			if done, err := v.saved(p.form, err, p.Back, []string{inputRoles}); done || err != nil {
				return err
			}
		}
	}
	return v.show(p.status, "grant", p.Grant.GrantedOrgName, p)
}

// deleteProjectGrant takes the project back from an organization.
func deleteProjectGrant(v *visit) error {
	p, _, ref, err := v.grantAt()
	if err != nil {
		return err
	}
	if err := v.requireOf(iam.ProjectGrantDelete, p.Project); err != nil {
		return err
	}
	held, err := v.h.Directory.GrantHoldings(v.r.Context(), v.caller, ref)
	if err != nil {
		return err
	}
	c := p.confirmation(v)
	c.Effects = slices.Concat(v.effect("grant.effect.authorizations", held.Authorizations), []string{v.text("grant.effect.tokens"), v.text("effect.forever")})
	c.Name, c.Back = p.Grant.GrantedOrgName, p.Back
	return v.confirm(c, "grant.delete", func() error {
		_, err := v.h.Directory.RemoveProjectGrant(v.r.Context(), v.caller, ref)
		return err
	})
}

// grantedPage is what templates/granted.html shows.
type grantedPage struct {
	*listing
	Grant  iam.ProjectGrant
	Crumbs []navItem
	Groups []roleGroup
}

// grantedProject shows a project that another organization granted to this one.
func grantedProject(v *visit) error {
	l, err := v.h.Directory.GrantedProjects(v.r.Context(), v.caller, iam.Filter{All: []iam.Filter{
		iam.FieldID.Is(v.id("grant")), iam.FieldGrantedOrgID.Is(v.org.ID),
	}}, iam.Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(l.Items) == 0 {
		return iam.Errorf(iam.NotFound, "CONSOLE-grnt1", "granted project does not exist")
	}
	p := grantedPage{Grant: l.Items[0], Crumbs: []navItem{{Path: v.base() + "/projects", Label: v.text("projects.title")}}}
	roles, err := v.rolesOf(p.Grant.ProjectID, p.Grant.ID)
	if err != nil {
		return err
	}
	p.Groups = groupRoles(roles)
	return v.show(200, "granted", p.Grant.ProjectName, p)
}
