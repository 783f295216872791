package console

import (
	"net/url"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// orgsPage is what templates/orgs.html shows.
type orgsPage struct {
	*listing
	Orgs []iam.Org
	New  string
}

// orgs lists the organizations in which the caller works.
func orgs(v *visit) error {
	var p orgsPage
	p.listing = v.newListing("/ui/console/orgs", nil, v.stateFilter(iam.Active, iam.Inactive),
		sorting{"name", iam.FieldName, false}, sorting{"created", "", true})
	filter := iam.Filter{All: []iam.Filter{p.stateIs(), p.search(iam.FieldName, iam.FieldDomain)}}
	l, err := v.h.Directory.Contexts(v.r.Context(), v.caller, filter, p.page())
	if err != nil {
		return err
	}
	p.Orgs, p.Total = l.Items, l.Total
	if v.caller.Can(iam.OrgCreate, iam.Target{}) {
		p.New = "/ui/console/orgs/new"
	}
	return v.show(200, "orgs", v.text("orgs.title"), p)
}

// newOrgPage is what templates/new-org.html and rename-org.html show.
type newOrgPage struct {
	*form
	Back string
}

// newOrg creates an organization.
func newOrg(v *visit) error {
	if err := v.caller.Require(iam.OrgCreate, iam.Target{}); err != nil {
		return err
	}
	p := newOrgPage{form: v.newForm(nil), Back: "/ui/console/orgs"}
	if v.posts() {
		name := v.value(string(iam.FieldName))
		id, _, err := v.create(p.form, func(id string) error {
			_, _, err := v.h.Directory.CreateOrg(v.r.Context(), v.caller, directory.NewOrg{ID: id, Name: name})
			return err
		}, func(id string) bool {
			made, err := v.h.Directory.Org(v.r.Context(), v.caller, id)
			return err == nil && made.Name == name
		})
		if err == nil {
			return v.goTo(orgPath(id), "org.created")
		}
		if !p.refuse(err, string(iam.FieldName)) {
			return err
		}
	}
	return v.show(p.status, "new-org", v.text("org.new.title"), p)
}

// orgHomePage is what templates/home.html shows.
type orgHomePage struct {
	iam.Org
	At     string
	Counts []countItem
	Steps  []step
	May    struct{ Write, Delete bool }
}

// countItem is one number on an organization's home.
type countItem struct {
	Path, Label string
	N           uint64
}

// step is one step of the guide on an organization's home.
type step struct {
	Title, Text, Path, Do string
	Done                  bool
}

// orgHome is the first page of an organization: what is there, and the guide's
// steps with the next one to take.
func orgHome(v *visit) error {
	p := orgHomePage{Org: v.org, At: v.base()}
	p.May.Write, p.May.Delete = v.may(iam.OrgWrite), v.may(iam.OrgDelete)
	n, err := v.h.Directory.Counts(v.r.Context(), v.caller, v.org.ID)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		path, key string
		n         directory.Count
	}{
		{"/users?type=machine", "users.machines", n.Machines},
		{"/projects", "projects.title", n.Projects},
		{"/authorizations", "authorizations.title", n.Authorizations},
		{"/users", "users.humans", n.Humans},
	} {
		if c.n.Known {
			p.Counts = append(p.Counts, countItem{Path: p.At + c.path, Label: v.text(c.key), N: c.n.Number})
		}
	}
	p.Steps = v.steps(n)
	return v.show(200, "home", v.org.Name, p)
}

// steps are the guide's, as far as the caller may take them.
func (v *visit) steps(n directory.OrgCounts) []step {
	var out []step
	add := func(ok, done bool, key, path string) {
		if ok {
			out = append(out, step{
				Title: v.text("step." + key), Text: v.text("step." + key + ".text"), Do: v.text("step." + key + ".do"),
				Path: v.base() + path, Done: done,
			})
		}
	}
	add(v.may(iam.ProjectCreate), n.HasRoles || n.GrantedProjects.Number > 0, "project", "/projects/new")
	add(v.may(iam.UserWrite), n.Machines.Number > 0, "machine", "/users/new-service-user")
	add(v.may(iam.AuthorizationWrite), n.Authorizations.Number > 0, "authorization", "/users?type=machine")
	add(v.may(iam.UserWrite), n.HasSecrets, "secret", "/users?type=machine")
	return out
}

// renameOrg gives the organization another name.
func renameOrg(v *visit) error {
	if err := v.require(iam.OrgWrite); err != nil {
		return err
	}
	p := newOrgPage{form: v.editForm(url.Values{string(iam.FieldName): {v.org.Name}}, v.org.Sequence), Back: v.base()}
	if v.posts() {
		name := v.value(string(iam.FieldName))
		_, err := v.h.Directory.RenameOrg(v.r.Context(), v.caller, v.org.ID, name, p.Seen)
		if done, err := v.saved(p.form, err, p.Back, []string{string(iam.FieldName)}); done || err != nil {
			return err
		}
	}
	return v.show(p.status, "rename-org", v.text("org.rename.title"), p)
}

func (v *visit) orgConfirmation(effects ...string) confirmation {
	c := confirmation{Name: v.org.Name, Back: v.base()}
	for _, key := range effects {
		c.Effects = append(c.Effects, v.text(key))
	}
	return c
}

// deactivateOrg switches the organization off.
func deactivateOrg(v *visit) error {
	if err := v.require(iam.OrgWrite); err != nil {
		return err
	}
	return v.confirm(v.orgConfirmation("org.effect.tokens", "org.effect.roles", "org.effect.back"), "org.deactivate", func() error {
		_, err := v.h.Directory.DeactivateOrg(v.r.Context(), v.caller, v.org.ID)
		return err
	})
}

// reactivateOrg switches the organization on again.
func reactivateOrg(v *visit) error {
	if !v.posts() {
		return v.goTo(v.base(), "")
	}
	if _, err := v.h.Directory.ReactivateOrg(v.r.Context(), v.caller, v.org.ID); err != nil && !iam.Is(err, iam.Unchanged) {
		return err
	}
	return v.goTo(v.base(), "org.reactivate")
}

// deleteOrg removes the organization with everything in it.
func deleteOrg(v *visit) error {
	if err := v.require(iam.OrgDelete); err != nil {
		return err
	}
	n, err := v.h.Directory.Counts(v.r.Context(), v.caller, v.org.ID)
	if err != nil {
		return err
	}
	c := v.orgConfirmation("org.effect.tokens")
	c.Effects = slices.Concat(c.Effects, v.effect("org.effect.machines", n.Machines.Number), v.effect("org.effect.humans", n.Humans.Number),
		v.effect("org.effect.projects", n.Projects.Number), []string{v.text("effect.forever")})
	c.Back = "/ui/console/orgs"
	return v.confirm(c, "org.delete", func() error {
		_, err := v.h.Directory.RemoveOrg(v.r.Context(), v.caller, v.org.ID)
		return err
	})
}
